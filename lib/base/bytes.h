// Bytes are views, a Buffer owns. A Buffer's memory never moves once it is filled; growing is explicit. No thread rules: values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

namespace evlog {

using Bytes = std::span<const uint8_t>;
using MutableBytes = std::span<uint8_t>;

inline constexpr size_t operator""_KiB(unsigned long long n) { return n << 10; }
inline constexpr size_t operator""_MiB(unsigned long long n) { return n << 20; }
inline constexpr size_t operator""_GiB(unsigned long long n) { return n << 30; }

inline Bytes as_bytes(std::string_view s) { return {reinterpret_cast<const uint8_t*>(s.data()), s.size()}; }
inline std::string_view as_text(Bytes b) { return {reinterpret_cast<const char*>(b.data()), b.size()}; }

// Big-endian loads and stores: the byte order of every Kafka file and frame. The caller has checked the length.
template <class T>
T load_be(const uint8_t* p) {
  T v;
  std::memcpy(&v, p, sizeof v);
  if constexpr (sizeof(T) == 2) return static_cast<T>(__builtin_bswap16(static_cast<uint16_t>(v)));
  if constexpr (sizeof(T) == 4) return static_cast<T>(__builtin_bswap32(static_cast<uint32_t>(v)));
  if constexpr (sizeof(T) == 8) return static_cast<T>(__builtin_bswap64(static_cast<uint64_t>(v)));
  return v;
}
template <class T>
void store_be(uint8_t* p, T v) {
  if constexpr (sizeof(T) == 2) v = static_cast<T>(__builtin_bswap16(static_cast<uint16_t>(v)));
  if constexpr (sizeof(T) == 4) v = static_cast<T>(__builtin_bswap32(static_cast<uint32_t>(v)));
  if constexpr (sizeof(T) == 8) v = static_cast<T>(__builtin_bswap64(static_cast<uint64_t>(v)));
  std::memcpy(p, &v, sizeof v);
}

// An owned run of bytes: size <= capacity, memory not zeroed when it grows. Moves, never copies by accident.
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(size_t size) : data_(size ? new uint8_t[size] : nullptr), size_(size), capacity_(size) {}
  explicit Buffer(Bytes from) : Buffer(from.size()) {
    if (!from.empty()) std::memcpy(data_.get(), from.data(), from.size());
  }
  Buffer(Buffer&& o) noexcept
      : data_(std::move(o.data_)), size_(std::exchange(o.size_, 0)), capacity_(std::exchange(o.capacity_, 0)) {}
  Buffer& operator=(Buffer&& o) noexcept {
    data_ = std::move(o.data_);
    size_ = std::exchange(o.size_, 0);
    capacity_ = std::exchange(o.capacity_, 0);
    return *this;
  }

  uint8_t* data() { return data_.get(); }
  const uint8_t* data() const { return data_.get(); }
  size_t size() const { return size_; }
  size_t capacity() const { return capacity_; }
  bool empty() const { return size_ == 0; }
  Bytes bytes() const { return {data_.get(), size_}; }
  MutableBytes mutable_bytes() { return {data_.get(), size_}; }
  operator Bytes() const { return bytes(); }

  void clear() { size_ = 0; }
  void reserve(size_t capacity);                  // keeps the content
  void resize(size_t size);                       // new bytes are not set
  void append(Bytes more);                        // grows by doubling; `more` must not lie inside this buffer
  void push_back(uint8_t byte) { append({&byte, 1}); }

 private:
  std::unique_ptr<uint8_t[]> data_;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace evlog
