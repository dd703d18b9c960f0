#include "io/sim/node.h"

#include "io/sim/loop.h"

namespace evlog::io::sim {

Node::Node(World& of, std::string called, Factory makes) : world(of), name(std::move(called)), factory(std::move(makes)) {}
Node::~Node() = default;

}  // namespace evlog::io::sim
