// How a function that can fail says so, across all folders: the value, or an Error for people.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace httpprof {

// One line for a person: what failed, on what, why and, where it helps, what to do. Without the
// leading "httpprof: " and without a final full stop.
struct Error {
    std::string message;
    // It is of an output whose reader has left (EPIPE), for instance head(1), and had all it
    // wanted.
    bool reader_is_gone = false;
};

template <typename T>
class [[nodiscard]] Result {
  public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit

    bool ok() const { return state_.index() == 0; }
    explicit operator bool() const { return ok(); }

    // Only when ok().
    T& value() & { return std::get<0>(state_); }
    const T& value() const& { return std::get<0>(state_); }
    T&& value() && { return std::get<0>(std::move(state_)); }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    // Only when not ok().
    const Error& error() const { return std::get<1>(state_); }

  private:
    std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
  public:
    Result() = default;
    Result(Error error) : error_(std::move(error)) {}  // NOLINT: implicit

    bool ok() const { return !error_.has_value(); }
    explicit operator bool() const { return ok(); }

    // Only when not ok().
    const Error& error() const { return *error_; }

  private:
    std::optional<Error> error_;
};

}  // namespace httpprof
