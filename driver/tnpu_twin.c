// SPDX-License-Identifier: Apache-2.0
// The second program is the first one with other addresses of its input. Nothing else lies where an
// input is that is reserved for it, so each address there is the input's.
#include "tnpu_twin.h"

#include "tnpu_bits.h"
#include "tnpu_feature.h"
#include "tnpu_spec.h"

#include <string.h>

enum {
    INSN_BYTES = 4 * TNPU_IWORDS,
    RES_MODE_AT = TNPU_F_RES_MODE_LSB / 8, ///< the byte that says whether there is a second operand
    RES_MODE = ((1 << TNPU_F_RES_MODE_BITS) - 1) << TNPU_F_RES_MODE_LSB % 8,
    IN_BASE_AT = TNPU_F_IN_BASE_LSB / 8, ///< words with an address in their lower bits
    RES_BASE_AT = TNPU_F_RES_BASE_LSB / 8,
    ADDRESS = (1 << TNPU_F_IN_BASE_BITS) - 1,
    ALIGN = 64, ///< so that reads meet the same banks, and writes the same blocks of the links
};

_Static_assert(TNPU_F_RES_MODE_LSB % 8 + TNPU_F_RES_MODE_BITS <= 8, "within a byte");
_Static_assert(TNPU_F_IN_BASE_LSB % 32 == 0 && TNPU_F_RES_BASE_LSB % 32 == 0 &&
                   (int)TNPU_F_IN_BASE_BITS == (int)TNPU_F_RES_BASE_BITS,
               "addresses begin words");

/// Where the inputs are.
struct inputs {
    uint32_t base, size, shift;
};

static void shift_address(const struct inputs *in, uint8_t *word) {
    uint32_t v = tnpu_load32(word);
    if ((v & ADDRESS) - in->base < in->size) tnpu_store32(word, v + in->shift);
}

static void shift_insn(const struct inputs *in, uint8_t *insn) {
    if (insn[0] < TNPU_OP_CONV) return; // no addresses
    shift_address(in, insn + IN_BASE_AT);
    // in DWCONV it is the window's centre
    if (insn[0] != TNPU_OP_DWCONV && (insn[RES_MODE_AT] & RES_MODE))
        shift_address(in, insn + RES_BASE_AT);
}

/// There is a layer of the host between the NPU's: it may read the input from the chip.
static bool halts(const struct tnpu_net *net) {
    for (size_t at = 0; at < net->imem_bytes; at += INSN_BYTES)
        if (net->imem[at] == TNPU_OP_HOSTOP) return true;
    return false;
}

int tnpu_twin_load(struct tnpu *npu) {
    const struct tnpu_net *net = npu->net;
    const struct tnpu_identity *chip = &npu->device.identity;
    size_t n = net->imem_bytes;
    uint32_t base = net->input.base, end = tnpu_feature_end(&net->input);
    const struct inputs in = {base, end - base,
                              (net->fmem_used - base + ALIGN - 1) / ALIGN * ALIGN};
    int rc = TNPU_OK;
    if (2 * n > chip->imem_depth * INSN_BYTES || end + in.shift > chip->fmem_bytes || halts(net))
        return rc;
    npu->device.step = "upload of instructions";
    npu->twin = in.shift; // from here on instruction memory is not what tnpu_load left
    for (size_t at = 0; !rc && at < 2 * n; at += INSN_BYTES) {
        uint8_t insn[INSN_BYTES] = {TNPU_OP_WAIT};
        if (at + INSN_BYTES != n) memcpy(insn, net->imem + (at < n ? at : at - n), INSN_BYTES);
        if (at >= n) shift_insn(&in, insn);
        rc = tnpu_device_write(&npu->device, TNPU_MAP_IMEM + (uint32_t)at, insn, sizeof insn);
    }
    return rc;
}

int tnpu_twin_unload(struct tnpu *npu) {
    struct tnpu_device *dev = &npu->device;
    const struct tnpu_net *net = npu->net;
    if (!npu->twin) return TNPU_OK;
    dev->step = "upload of instructions";
    int rc = tnpu_device_set(dev, TNPU_REG_CTRL, 1 << TNPU_REG_CTRL_RESET_LSB);
    if (!rc) rc = tnpu_device_write(dev, TNPU_MAP_IMEM, net->imem, net->imem_bytes);
    if (!rc) npu->twin = 0;
    return rc;
}
