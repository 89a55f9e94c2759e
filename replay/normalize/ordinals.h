// Numbers by order of appearance, from 1, in place of what a run has by chance.
#pragma once

#include <cstdint>
#include <map>

namespace httpprof::replay {

template <typename Key>
class Ordinals {
  public:
    std::uint64_t of(const Key& key) {
        return numbers_.try_emplace(key, numbers_.size() + 1).first->second;
    }

  private:
    std::map<Key, std::uint64_t> numbers_;
};

}  // namespace httpprof::replay
