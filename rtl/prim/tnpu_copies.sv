// SPDX-License-Identifier: Apache-2.0
// How many copies of a register the lanes of a unit get (tnpu_fanout): for synthesis each its own, for simulation, which would be slower, all of
// them one. Lane l takes copy EACH * l.
package tnpu_copies;
`ifdef SYNTHESIS
  localparam int EACH = 1;
`else
  localparam int EACH = 0;
`endif
endpackage
