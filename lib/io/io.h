// io: the only door to time, randomness, network, disk and other threads.
//
// A Loop is one thread's world. Code above this module waits in coroutines (task.h) for a Loop's verbs and computes in plain
// functions; it never sees a thread, a clock or a descriptor. Two implementations: uv::Loop (libuv, production) and
// sim::World (a seeded world with delays, resets, slow and failing disks, crashes and clock jumps). The whole broker runs
// unchanged in both.
//
//   task.h      task<T> (lazy, one awaiter) and Nursery (owns what it spawned; its destruction is the death of all of it)
//   wait.h      Wait: a parked coroutine, living in that coroutine's own frame; Event: a condition to wait for
//   timers.h    the timer queue shared by both worlds
//   loop.h      Loop: clocks, random, sleep, turn, offload, post
//   stream.h    Stream, Listener: byte streams with readiness, never lending buffers to anybody
//   disk.h      Disk, File: files and directories; write completes in the page cache, sync makes it durable
//
// Rules: everything is used on its loop's thread only, except Poster. Destroying a coroutine cancels what it waits for.
// A completion never resumes a coroutine inside somebody else's call: it goes to the loop's ready list, in order.
#pragma once

#include "io/disk.h"
#include "io/loop.h"
#include "io/stream.h"
#include "io/task.h"
#include "io/wait.h"
