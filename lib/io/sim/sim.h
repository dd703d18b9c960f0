// sim: a whole world in one process, run from one seed: nodes with clocks, disks and a network between them, and everything that can
// go wrong with those. The same program runs in it unchanged as over uv::Loop, in virtual time, and the same seed gives the same
// run: same event hash, same trace.
//
//   world.h       World: the event queue, the nodes, faults on and off, run_until
//   knobs.h       how bad this world is; each seed draws its own
//   journal.h     event hash, counters, trace
//   node.h        Node: a machine: clocks, disk, ports, and the process that lives on it for a while
//   loop.h        Loop: what one life of a process sees
//   disk_image.h  what a machine's disk holds, and what of it survives a power cut
//   disk.h        the verbs on it: slow, hanging, failing, full
//   connection.h  one byte stream through the network: latency, windows, resets, silence
//   network.h     streams, listeners, connecting
//   chaos.h       when what fault happens
#pragma once

#include "io/sim/knobs.h"
#include "io/sim/node.h"
#include "io/sim/world.h"
