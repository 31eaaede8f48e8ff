// SPDX-License-Identifier: Apache-2.0
// The EtinyNet family: from a list of trained parameters to a float graph.
//
// A table gives each member's blocks and strides; all widths are taken from the shapes in the file,
// so a network of any width multiplier loads under the name of its structure.
#ifndef TNPU_ETINYNET_H
#define TNPU_ETINYNET_H

#include "tnpu_graph.h"
#include "tnpu_params.h"

/// The names of the known structures, NULL after the last.
extern const char *const tnpu_etinynet_archs[];

/// The input size (height and width) that the structure was trained at, or -1 if it is not known.
int tnpu_etinynet_input_size(const char *arch);

/// Builds the graph of `arch` for an input of h x w x 3 from the parameters; `label` names their
/// file in messages. Any size that leaves at least one pixel at the end works. Returns 0 and fills
/// *g, or -1 with a reason and *g empty.
int tnpu_etinynet_build(struct tnpu_graph *g, const char *arch, int h, int w,
                        const struct tnpu_params *p, const char *label, struct tnpu_error *e);

#endif
