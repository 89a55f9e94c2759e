#include "format/memory_pool.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace httpprof::format {
namespace {

constexpr std::size_t kStep = std::size_t{1} << 20;      // of sizes, so that a block fits many
constexpr std::size_t kMostKept = std::size_t{8} << 20;  // larger blocks are rare, and not kept
constexpr std::size_t kMostIdle = 4;                     // blocks

}  // namespace

std::shared_ptr<MemoryPool> MemoryPool::make() {
    return std::shared_ptr<MemoryPool>(new MemoryPool());
}

// Room for all at once: giving back must not fail.
MemoryPool::MemoryPool() {
    idle_.reserve(kMostIdle);
}

std::shared_ptr<std::byte[]> MemoryPool::take(std::size_t size) {
    Block block = idle_block(size);
    if (!block.bytes) {
        block.size = size > kMostKept ? size : (size + kStep - 1) / kStep * kStep;
        block.bytes = std::make_unique_for_overwrite<std::byte[]>(block.size);
    }
    auto give_back = [pool = shared_from_this(), size = block.size](std::byte* bytes) {
        pool->give_back({std::unique_ptr<std::byte[]>(bytes), size});
    };
    return {block.bytes.release(), std::move(give_back)};
}

// The one used last of those that are large enough, or none.
MemoryPool::Block MemoryPool::idle_block(std::size_t size) {
    const std::lock_guard lock(mutex_);
    const auto found = std::ranges::find_if(
        idle_.rbegin(), idle_.rend(), [size](const Block& idle) { return idle.size >= size; });
    if (found == idle_.rend()) return {};
    Block block = std::move(*found);
    idle_.erase(std::prev(found.base()));
    return block;
}

void MemoryPool::give_back(Block block) {
    if (block.size > kMostKept) return;
    Block oldest;  // let go once others can go on
    const std::lock_guard lock(mutex_);
    if (idle_.size() == kMostIdle) {
        oldest = std::move(idle_.front());
        idle_.erase(idle_.begin());
    }
    idle_.push_back(std::move(block));
}

}  // namespace httpprof::format
