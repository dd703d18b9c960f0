// Disk and File: everything that survives. Paths are absolute or relative to the process (in the simulator: to the node's disk).
//
// After a crash: bytes written but not followed by a completed sync() may be there, in part, in any subset, or not at all;
// a file created, renamed or removed without a completed sync_dir() of its directory may be under its old name or its new one.
// Errors carry errno in os_error: ENOSPC and EDQUOT mean full, EIO means the device failed. A failed sync() says that nothing
// un-synced of that file can be trusted, ever; it is never retried.
// A File is owned by its opener. Destroying it closes it. Each verb sees the effects of those started before it on the same file;
// a sync covers what was written before it started and holds up nothing behind it.
// A cancelled write may still have happened, in part.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "io/wait.h"

namespace evlog::io {

class Loop;

struct ReadRequest { uint64_t offset; MutableBytes into; };
struct WriteRequest { uint64_t offset; std::span<const Bytes> pieces; };
struct SyncRequest {};
struct TruncateRequest { uint64_t size; };
struct WarmRequest { uint64_t offset, size; };
struct CoolRequest { uint64_t offset, size; };

class File {
 public:
  virtual ~File() = default;
  virtual Loop& loop() = 0;
  virtual uint64_t size() const = 0;  // as this process sees it

  using Read = Verb<File, ReadRequest, Result<size_t>>;
  using Write = Verb<File, WriteRequest, Result<bool>>;
  using Sync = Verb<File, SyncRequest, Result<bool>>;
  using Truncate = Verb<File, TruncateRequest, Result<bool>>;
  using Warm = Verb<File, WarmRequest, Result<bool>>;
  using Cool = Verb<File, CoolRequest, Result<bool>>;

  Read read(uint64_t offset, MutableBytes into) { return Read(*this, {offset, into}); }  // fewer bytes only at the end of the file
  // All of the pieces one after another, or an error (then any part of them may have been written). The span and the bytes it
  // names must live until the wait is over.
  Write write(uint64_t offset, std::span<const Bytes> pieces) { return Write(*this, {offset, pieces}); }
  Sync sync() { return Sync(*this, {}); }  // data and size are durable; on the commit thread of the device
  Truncate truncate(uint64_t size) { return Truncate(*this, {size}); }
  // Afterwards the range can be sent or read without waiting for the device (as long as memory lasts). Inline when it is so already.
  Warm warm(uint64_t offset, uint64_t size) { return Warm(*this, {offset, size}); }
  // Writes the range out and gives its memory back to the system. It is no sync: a power cut may still take what was not synced.
  Cool cool(uint64_t offset, uint64_t size) { return Cool(*this, {offset, size}); }

  // The bytes if they can be had without waiting for the device, else nothing: an inline read for the hot path.
  // Gives the count read (short at the end of the file) or would_block.
  virtual Result<size_t> try_read(uint64_t offset, MutableBytes into) = 0;

  virtual void start(Read& verb) = 0;
  virtual void start(Write& verb) = 0;
  virtual void start(Sync& verb) = 0;
  virtual void start(Truncate& verb) = 0;
  virtual void start(Warm& verb) = 0;
  virtual void start(Cool& verb) = 0;
  virtual void cancel(Read& verb) = 0;
  virtual void cancel(Write& verb) = 0;
  virtual void cancel(Sync& verb) = 0;
  virtual void cancel(Truncate& verb) = 0;
  virtual void cancel(Warm& verb) = 0;
  virtual void cancel(Cool& verb) = 0;
};

enum class OpenMode {
  read,        // must exist
  write,       // must exist; read and write
  create,      // read and write; made when missing
  create_new,  // read and write; EEXIST when it is there
  replace,     // read and write; emptied when it is there
};

struct DirEntry { std::string name; bool is_directory = false; uint64_t size_bytes = 0; int64_t modified_ms = 0; };

// A lock on a whole file (a POSIX record lock, which Kafka's Java takes too), held until destroyed or the process dies.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

struct OpenRequest { std::string path; OpenMode mode; };
struct RenameRequest { std::string from, to; };
struct RemoveRequest { std::string path; };      // a file or an empty directory
struct SyncDirRequest { std::string path; };
struct ListRequest { std::string path; };
struct MakeDirsRequest { std::string path; };

struct SyncAllRequest {};

// The file system that a directory lies on. Held open: its sync_all() tells of every write there that failed since.
class FileSystem {
 public:
  virtual ~FileSystem() = default;
  virtual Loop& loop() = 0;

  using SyncAll = Verb<FileSystem, SyncAllRequest, Result<bool>>;
  // Everything written and named before is durable, of whatever file, open or not; on the pool, so that no commit waits for it.
  SyncAll sync_all() { return SyncAll(*this, {}); }
  virtual void start(SyncAll& verb) = 0;
  virtual void cancel(SyncAll& verb) = 0;
};

class Disk {
 public:
  virtual ~Disk() = default;
  virtual Loop& loop() = 0;

  using Open = Verb<Disk, OpenRequest, Result<std::unique_ptr<File>>>;
  using Rename = Verb<Disk, RenameRequest, Result<bool>>;
  using Remove = Verb<Disk, RemoveRequest, Result<bool>>;
  using SyncDir = Verb<Disk, SyncDirRequest, Result<bool>>;
  using List = Verb<Disk, ListRequest, Result<std::vector<DirEntry>>>;
  using MakeDirs = Verb<Disk, MakeDirsRequest, Result<bool>>;

  Open open(std::string path, OpenMode mode) { return Open(*this, {std::move(path), mode}); }
  Rename rename(std::string from, std::string to) { return Rename(*this, {std::move(from), std::move(to)}); }  // replaces
  Remove remove(std::string path) { return Remove(*this, {std::move(path)}); }
  SyncDir sync_dir(std::string path) { return SyncDir(*this, {std::move(path)}); }
  List list(std::string path) { return List(*this, {std::move(path)}); }  // sorted by name, without "." and ".."
  MakeDirs make_dirs(std::string path) { return MakeDirs(*this, {std::move(path)}); }  // with parents; parents' entries synced

  // EAGAIN with the owner's pid in the message when another process holds it.
  virtual Result<std::unique_ptr<FileLock>> lock(const std::string& path) = 0;
  struct Space { uint64_t free_bytes = 0, total_bytes = 0; };
  virtual Result<Space> space(const std::string& path) = 0;

  virtual Result<std::unique_ptr<FileSystem>> file_system(const std::string& path) = 0;

  virtual void start(Open& verb) = 0;
  virtual void start(Rename& verb) = 0;
  virtual void start(Remove& verb) = 0;
  virtual void start(SyncDir& verb) = 0;
  virtual void start(List& verb) = 0;
  virtual void start(MakeDirs& verb) = 0;
  virtual void cancel(Open& verb) = 0;
  virtual void cancel(Rename& verb) = 0;
  virtual void cancel(Remove& verb) = 0;
  virtual void cancel(SyncDir& verb) = 0;
  virtual void cancel(List& verb) = 0;
  virtual void cancel(MakeDirs& verb) = 0;
};

}  // namespace evlog::io
