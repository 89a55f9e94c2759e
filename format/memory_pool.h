// Memory that is used again.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

namespace httpprof::format {

// Blocks of up to 8 MiB, for any thread; four are kept that nobody uses. The block that its owners
// gave back last is the next to be taken: the kernel clears new memory, which can cost more than to
// copy as much, and what was just used is still in the caches.
class MemoryPool : public std::enable_shared_from_this<MemoryPool> {
  public:
    static std::shared_ptr<MemoryPool> make();

    // At least this many bytes, aligned for any type, of unknown content. They may outlive all
    // other owners of the pool.
    std::shared_ptr<std::byte[]> take(std::size_t size);

  private:
    struct Block {
        std::unique_ptr<std::byte[]> bytes;
        std::size_t size = 0;
    };

    MemoryPool();
    Block idle_block(std::size_t size);
    void give_back(Block block);

    std::mutex mutex_;
    std::vector<Block> idle_;  // the last one was used last
};

}  // namespace httpprof::format
