// Disk over the file system. Names are looked up inline; syncs of directories run on the device's commit thread.
#pragma once

#include "io/disk.h"
#include "io/uv/workers.h"

namespace evlog::io::uv {

struct Core;

class Disk final : public io::Disk {
 public:
  explicit Disk(Core& core) : core_(core) {}
  io::Loop& loop() override;

  Result<std::unique_ptr<FileLock>> lock(const std::string& path) override;
  Result<Space> space(const std::string& path) override;
  Result<std::unique_ptr<FileSystem>> file_system(const std::string& path) override;

  void start(Open& verb) override;
  void start(Rename& verb) override;
  void start(Remove& verb) override;
  void start(SyncDir& verb) override;
  void start(List& verb) override;
  void start(MakeDirs& verb) override;
  void cancel(Open&) override {}
  void cancel(Rename&) override {}
  void cancel(Remove&) override {}
  void cancel(SyncDir& verb) override;
  void cancel(List&) override {}
  void cancel(MakeDirs& verb) override;

 private:
  Core& core_;
};

}  // namespace evlog::io::uv
