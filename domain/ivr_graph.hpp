#pragma once
// Whether an IVR flow can be walked: what a person who draws one gets wrong, told node by node.

#include "domain/catalogue.hpp"

namespace evs {

/// `body` with nodes and connections (data contract): exactly one start, every connection between nodes that exist, every node
/// reachable from the start, no node but an end without a way on, no loop that never asks the caller anything or hands him over
/// (it would play for ever). Problems are named by the path of the node or connection. A body without nodes is not looked at.
void check_ivr_flow(const value& body, problems& found);

} // namespace evs
