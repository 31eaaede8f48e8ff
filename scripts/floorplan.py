#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Gives each multiplier and block RAM of a netlist of Yosys a site (attribute BEL) on an LFE5U-85F, for netlists that need nearly all of them.

    floorplan.py NETLIST OUT [SEED]

A placer of nextpnr puts logic where wire length is least, and each of these cells on what site is left near there: far more wire than there need
be. Here they are placed first, and alone. With the positions m of these cells given, those of all other cells that make the sum of squared
lengths least are known, and so is that sum: m' S m, S being the Schur complement of the netlist's Laplacian. Simulated annealing exchanges sites of
two cells of a kind (Hall, "An r-dimensional quadratic placement algorithm", 1970, for the sum; Kirkpatrick, "Optimization by simulated annealing", 1983).
"""
import json, math, random, sys
import numpy as np
import scipy.sparse as sparse
import scipy.sparse.linalg

# Sites of an LFE5U-85F: 13 blocks of 9 columns, each row of them with 4 multipliers or 4 block RAMs a block
BLOCKS = [4 + 9 * i for i in range(7)] + [69 + 9 * i for i in range(6)]
SITES = {
    "MULT18X18D": [(x + dx, y, f"X{x + dx}/Y{y}/MULT18_{n}") for y in (10, 34, 58) for x in BLOCKS for dx, n in ((0, 0), (1, 1), (4, 4), (5, 5))],
    "DP16KD": [(x + 2 * n, y, f"X{x + 2 * n}/Y{y}/EBR{n}") for y in (22, 46, 70, 82) for x in BLOCKS for n in range(4)],
}
WIDE = 32  # a net of more cells reaches everywhere, wherever they are
SWEEPS = 40000  # exchanges tried a cell
COOLEST = 3e-4  # temperature at the end, of that at the start


def fail(text):
    sys.exit(f"floorplan: {text}")


def load(path):
    """The file and its top module: all others are cells of the library."""
    try:
        design = json.load(open(path))
        return design, next(m for m in design["modules"].values() if "top" in m["attributes"])
    except OSError as error:
        fail(f"{path}: {error.strerror}")
    except (ValueError, KeyError, TypeError, AttributeError, StopIteration):
        fail(f"{path}: no netlist of Yosys, or cut short: run scripts/synth again")


def laplacian(cells):
    """Of the graph in which each net is a clique (up to 8 cells) or a star around a point of its own, of 1 / (cells - 1) an edge of the clique."""
    at = {name: i for i, name in enumerate(cells)}
    nets = {}
    for name, cell in cells.items():
        for port, bits in cell["connections"].items():
            # an address is a tree that passes by all the block RAMs it goes to, while each byte of data has wires of its own
            if cell["type"] == "DP16KD" and port[:2] not in ("DI", "DO"):
                continue
            for bit in bits:
                if isinstance(bit, int):
                    nets.setdefault(bit, set()).add(at[name])
    first, second, weight, size = [], [], [], len(cells)
    for net in map(sorted, nets.values()):
        k = len(net)
        if 2 <= k <= 8:
            pairs = [(a, b) for i, a in enumerate(net) for b in net[i + 1 :]]
            w = 1 / (k - 1)
        elif 8 < k <= WIDE:
            pairs = [(a, size) for a in net]
            w = k / (k - 1)
            size += 1
        else:
            continue
        first += [a for a, _ in pairs]
        second += [b for _, b in pairs]
        weight += [w] * len(pairs)
    edges = sparse.coo_matrix((weight * 2, (first + second, second + first)), shape=(size, size)).tocsc()
    # what hangs on nothing gets a little of its own, so that the matrix can be inverted
    return (sparse.diags(np.asarray(edges.sum(1)).ravel() + 1e-6) - edges).tocsc()


def schur(matrix, kept):
    rest = np.setdiff1d(np.arange(matrix.shape[0]), kept)
    inner = matrix[rest][:, rest].tocsc()
    across = matrix[rest][:, kept].toarray()
    solver = scipy.sparse.linalg.splu(inner, permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True})
    return matrix[kept][:, kept].toarray() - across.T @ solver.solve(across)


def anneal(s, groups, x, y, seed):
    """Exchanges the places of two of a group until m' S m is low; the order of places that results."""
    rng = random.Random(seed)
    order = list(range(len(x)))
    gx, gy = s @ x, s @ y  # half of the gradient
    own = np.diag(s).tolist()
    x, y = x.tolist(), y.tolist()
    energy = float(np.dot(x, gx) + np.dot(y, gy))
    steps = SWEEPS * len(x)
    temperature = 2 * energy / len(x)
    cooling = COOLEST ** (1 / steps)
    group_of = [g for g in groups for _ in g]  # drawn in proportion to size
    for step in range(steps):
        if step % (steps // 20) == 0 and sys.stderr.isatty():
            print(f"\rfloorplan: {100 * step // steps} %", end="", file=sys.stderr)
        temperature *= cooling
        group = group_of[int(rng.random() * len(group_of))]
        a, b = group[int(rng.random() * len(group))], group[int(rng.random() * len(group))]
        dx, dy = x[b] - x[a], y[b] - y[a]
        both = own[a] + own[b] - 2 * s[a, b]
        change = 2 * (dx * (gx[a] - gx[b]) + dy * (gy[a] - gy[b])) + (dx * dx + dy * dy) * both
        if change < 0 or rng.random() < math.exp(-change / temperature):
            row = s[a] - s[b]
            gx += dx * row
            gy += dy * row
            x[a], x[b], y[a], y[b] = x[b], x[a], y[b], y[a]
            order[a], order[b] = order[b], order[a]
    if sys.stderr.isatty():
        print("\r" + " " * 20 + "\r", end="", file=sys.stderr)
    return order, energy, float(np.dot(x, gx) + np.dot(y, gy))


def sites(source, target, seed):
    design, top = load(source)
    cells = top["cells"]
    names = list(cells)
    groups, free, kept = [], [], []
    for kind, places in SITES.items():
        mine = [i for i, name in enumerate(names) if cells[name]["type"] == kind]
        if len(mine) > len(places):
            fail(f"{source}: {len(mine)} {kind}, an LFE5U-85F has {len(places)}")
        # sites that stay empty take part as cells without wires
        groups.append(list(range(len(free), len(free) + len(places))))
        free += places
        kept += mine + [None] * (len(places) - len(mine))
    real = [k for k, cell in enumerate(kept) if cell is not None]
    if not real:
        fail(f"{source}: no multiplier and no block RAM")
    s = np.zeros((len(kept), len(kept)))
    s[np.ix_(real, real)] = schur(laplacian(cells), np.array([kept[k] for k in real]))
    s = np.round(s * 2**20) / 2**20  # sums of such numbers are exact: the same sites on every processor
    x, y = (np.array([place[axis] for place in free], float) for axis in (0, 1))
    order, before, after = anneal(s, groups, x, y, seed)
    for k in real:
        cells[names[kept[k]]].setdefault("attributes", {})["BEL"] = free[order[k]][2]
    try:
        with open(target, "w") as file:
            json.dump(design, file)
    except OSError as error:
        fail(f"{target}: {error.strerror}")
    print(f"sites of {len(real)} multipliers and block RAMs: squared wire length {after / before:.3f} of that in the netlist's order")


if len(sys.argv) not in (3, 4):
    sys.exit(__doc__)
sites(*sys.argv[1:3], int(sys.argv[3]) if len(sys.argv) == 4 else 1)
