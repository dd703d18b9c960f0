// An array of a message. Decoded, it is a view: position and count in the frame, whose elements were all checked when the message
// was decoded and are read again, by value, on iteration; so decoding allocates nothing. Built for sending, it owns a vector.
// A decoded array lives as long as its frame. items() of a decoded array copies the elements into a vector first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <utility>
#include <vector>

namespace evlog::wire {

template <class T>
class Array {
 public:
  // Reads one element at `at` and returns the end of it; given by the decoder, so that users instantiate no decoding.
  using Read = const uint8_t* (*)(const uint8_t* at, const uint8_t* end, int16_t version, bool flexible, T& out);
  struct View {
    const uint8_t* at = nullptr;
    uint32_t size_bytes = 0;
    uint32_t count = 0;
    int16_t version = 0;
    bool flexible = false;
    Read read = nullptr;
  };
  class Iterator;
  using value_type = T;
  using const_iterator = Iterator;

  Array() = default;
  Array(std::initializer_list<T> items) : items_(items) {}
  explicit Array(std::vector<T> items) : items_(std::move(items)) {}
  explicit Array(const View& view) : view_(view) {}

  size_t size() const { return view_.count + items_.size(); }
  bool empty() const { return size() == 0; }
  Iterator begin() const { return view_.count ? Iterator(&view_) : Iterator(items_.data(), items_.data() + items_.size()); }
  Iterator end() const { return view_.count ? Iterator() : Iterator(items_.data() + items_.size(), items_.data() + items_.size()); }
  T front() const { return *begin(); }                                        // not of an empty array
  T operator[](size_t i) const { return view_.count ? *std::next(begin(), static_cast<ptrdiff_t>(i)) : items_[i]; }  // O(i) when decoded

  std::vector<T>& items() { own(); return items_; }
  std::vector<T> to_vector() const { return view_.count ? std::vector<T>(begin(), end()) : items_; }
  void reserve(size_t count) { own(); items_.reserve(count); }
  void push_back(T item) { own(); items_.push_back(std::move(item)); }
  T& emplace_back() { own(); return items_.emplace_back(); }
  T& emplace_back(T item) { own(); return items_.emplace_back(std::move(item)); }
  void clear() { view_ = {}; items_.clear(); }

  // The encoder's way: by reference when owned, one element at a time when decoded.
  template <class F>
  void each(F&& f) const {
    if (view_.count) for (const T& item : *this) f(item);
    else for (const T& item : items_) f(item);
  }

 private:
  void own() {
    if (view_.count) items_ = to_vector(), view_ = {};
  }

  View view_;
  std::vector<T> items_;
};

// std::vector<bool> has no elements to refer to; no message has an array of bool.
template <>
class Array<bool>;

template <class T>
class Array<T>::Iterator {
 public:
  using iterator_concept = std::forward_iterator_tag;
  using iterator_category = std::input_iterator_tag;
  using value_type = T;
  using difference_type = std::ptrdiff_t;
  using reference = T;
  struct pointer {
    T item;
    const T* operator->() const { return &item; }
  };

  Iterator() = default;
  explicit Iterator(const View* view) : view_(*view), left_(view->count), next_(view->at) { load(); }
  Iterator(const T* at, const T* end) : left_(static_cast<size_t>(end - at)), owned_(at) {}

  T operator*() const { return owned_ ? *owned_ : current_; }
  pointer operator->() const { return {**this}; }
  Iterator& operator++() {
    --left_;
    if (owned_) ++owned_;
    else load();
    return *this;
  }
  Iterator operator++(int) {
    Iterator before = *this;
    ++*this;
    return before;
  }
  bool operator==(const Iterator& other) const { return left_ == other.left_; }

 private:
  void load() {
    if (left_ == 0) return;
    current_ = T{};
    next_ = view_.read(next_, view_.at + view_.size_bytes, view_.version, view_.flexible, current_);
  }

  View view_{};
  size_t left_ = 0;
  const uint8_t* next_ = nullptr;
  const T* owned_ = nullptr;
  T current_{};
};

}  // namespace evlog::wire
