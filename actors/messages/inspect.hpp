#pragma once
// How domain values travel between actors (CAF 0.17 inspection). One overload a shape, none a type where a shape will do.

#include "domain/id.hpp"

#include <caf/meta/type_name.hpp>

#include <optional>

namespace evs {

template <class Inspector, class Tag>
typename Inspector::result_type inspect(Inspector& f, id<Tag>& x) {
  return f(x.value);
}

/// std::optional travels as a flag and a value.
template <class T>
struct optional_wire {
  bool present = false;
  T value{};
};

template <class Inspector, class T>
typename Inspector::result_type inspect(Inspector& f, optional_wire<T>& x) {
  return f(x.present, x.value);
}

template <class T>
optional_wire<T> to_wire(const std::optional<T>& x) {
  return x ? optional_wire<T>{true, *x} : optional_wire<T>{};
}

template <class T>
std::optional<T> from_wire(const optional_wire<T>& x) {
  return x.present ? std::optional<T>{x.value} : std::nullopt;
}

} // namespace evs
