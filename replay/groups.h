// Totals by a key that the traffic chooses: bounded, since the traffic may choose as many as it
// likes.
#pragma once

#include <cstddef>
#include <map>
#include <optional>

namespace httpprof::replay {

template <typename Key, typename Value>
class Groups {
  public:
    // The first `most` keys have a value each; the rest share one.
    explicit Groups(std::size_t most) : most_(most) {}

    Value& of(const Key& key) {
        const auto found = values_.find(key);
        if (found != values_.end()) return found->second;
        if (values_.size() < most_) return values_[key];
        if (!rest_) rest_.emplace();
        return *rest_;
    }

    const std::map<Key, Value>& values() const { return values_; }
    // Nothing while there is no further key.
    const std::optional<Value>& rest() const { return rest_; }

  private:
    const std::size_t most_;
    std::map<Key, Value> values_;
    std::optional<Value> rest_;
};

}  // namespace httpprof::replay
