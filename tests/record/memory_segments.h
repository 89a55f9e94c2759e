// The segments of a recording, in memory.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "record/segments.h"

namespace httpprof::test {

class MemorySegments : public record::SegmentStore {
  public:
    Result<std::unique_ptr<format::OutputFile>> create(std::uint32_t segment) override {
        if (files_.contains(segment)) return Error{"it is there"};
        return std::unique_ptr<format::OutputFile>(std::make_unique<File>(*this, segment));
    }

    Result<void> remove(std::uint32_t segment) override {
        files_.erase(segment);
        return {};
    }

    // The n-th write from now fails, and each after it.
    void fail_after(int writes) { writes_left_ = writes; }
    void fail_to_sync() { fails_to_sync_ = true; }

    const std::map<std::uint32_t, std::string>& files() const { return files_; }
    bool is_finished(std::uint32_t segment) const { return finished_.contains(segment); }

  private:
    class File : public format::OutputFile {
      public:
        File(MemorySegments& store, std::uint32_t segment) : store_(store), segment_(segment) {
            store_.files_[segment_];
        }
        Result<void> write(std::span<const std::byte> bytes) override {
            if (store_.writes_left_ && (*store_.writes_left_)-- <= 0)
                return Error{"the disk is full"};
            store_.files_[segment_].append(reinterpret_cast<const char*>(bytes.data()),
                                           bytes.size());
            return {};
        }
        Result<void> sync() override {
            return store_.fails_to_sync_ ? Result<void>(Error{"fsync failed"}) : Result<void>();
        }
        void discard() override { store_.files_.erase(segment_); }
        Result<void> finish() override {
            store_.finished_.insert(segment_);
            return sync();
        }

      private:
        MemorySegments& store_;
        std::uint32_t segment_;
    };

    std::map<std::uint32_t, std::string> files_;
    std::set<std::uint32_t> finished_;
    std::optional<int> writes_left_;
    bool fails_to_sync_ = false;
};

}  // namespace httpprof::test
