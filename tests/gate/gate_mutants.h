// SPDX-License-Identifier: Apache-2.0
// Which mutant the core is. gate_mutants.sv asks once for each core that is opened.
#ifndef GATE_MUTANTS_H
#define GATE_MUTANTS_H

/// 0: the core as it is; n: mutant n.
int gate_mutant(void);

#endif
