#include "record/ring.h"

#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <sys/mman.h>
#include <unistd.h>

#include "format/descriptor.h"

namespace httpprof::record {
namespace {

constexpr std::size_t kRingSize = 4096 * 4;

// A file laid out as the kernel lays out a ring buffer map: the consumer's page, the producer's,
// and the data twice in a row.
class RingTest : public ::testing::Test {
  protected:
    RingTest() : page_(static_cast<std::size_t>(::sysconf(_SC_PAGESIZE))) {
        EXPECT_EQ(::ftruncate(file_.get(), static_cast<off_t>(2 * page_ + 2 * kRingSize)), 0);
        void* mapped = ::mmap(nullptr, 2 * page_ + 2 * kRingSize, PROT_READ | PROT_WRITE,
                              MAP_SHARED, file_.get(), 0);
        memory_ = static_cast<char*>(mapped);
        auto ring = Ring::map(file_.get(), kRingSize, 2000);
        EXPECT_TRUE(ring.ok());
        ring_ = std::move(*ring);
    }
    ~RingTest() override { ::munmap(memory_, 2 * page_ + 2 * kRingSize); }

    // As the kernel's bpf_ringbuf_reserve and _submit; where its header is.
    std::size_t produce(const std::string& record, std::uint32_t flags = 0) {
        const std::size_t place = produced_ % kRingSize;
        put(place, std::string(BPF_RINGBUF_HDR_SZ, '\0') + record);
        set_length(place, static_cast<std::uint32_t>(record.size()) | flags);
        produced_ += (record.size() + BPF_RINGBUF_HDR_SZ + 7) / 8 * 8;
        std::memcpy(memory_ + page_, &produced_, sizeof(produced_));
        return place;
    }
    void set_length(std::size_t place, std::uint32_t length) {
        put(place, std::string(reinterpret_cast<const char*>(&length), sizeof(length)));
    }
    std::vector<std::string> consume(std::size_t limit = 1000) {
        std::vector<std::string> records;
        ring_->consume(
            [](void* to, std::string_view record) {
                static_cast<std::vector<std::string>*>(to)->emplace_back(record);
            },
            &records, limit);
        return records;
    }
    // How far the consumer has told the kernel that it is.
    std::uint64_t consumed() const {
        std::uint64_t position = 0;
        std::memcpy(&position, memory_, sizeof(position));
        return position;
    }
    std::uint64_t produced() const { return produced_; }

  private:
    // Bytes beyond the end are those at the beginning.
    void put(std::size_t place, const std::string& bytes) {
        char* const data = memory_ + 2 * page_;
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            data[(place + i) % kRingSize] = bytes[i];
            data[(place + i) % kRingSize + kRingSize] = bytes[i];
        }
    }

    const std::size_t page_;
    format::Descriptor file_{::memfd_create("ring", MFD_CLOEXEC)};
    char* memory_ = nullptr;
    std::unique_ptr<Ring> ring_;
    std::uint64_t produced_ = 0;
};

using Records = std::vector<std::string>;

TEST_F(RingTest, OldestFirst) {
    produce("first");
    produce("second record");
    EXPECT_EQ(consume(), (Records{"first", "second record"}));
    EXPECT_EQ(consumed(), produced());
    EXPECT_EQ(consume(), Records{});
}

TEST_F(RingTest, StopsAtARecordThatIsBeingWritten) {
    produce("done");
    const std::size_t place = produce("later", BPF_RINGBUF_BUSY_BIT);
    produce("after");
    EXPECT_EQ(consume(), Records{"done"});
    set_length(place, 5);
    EXPECT_EQ(consume(), (Records{"later", "after"}));
}

TEST_F(RingTest, StepsOverDiscardedRecords) {
    produce("discarded", BPF_RINGBUF_DISCARD_BIT);
    produce("kept");
    EXPECT_EQ(consume(), Records{"kept"});
    EXPECT_EQ(consumed(), produced());
}

TEST_F(RingTest, NoMoreThanTheLimit) {
    for (int i = 0; i < 5; ++i)
        produce(std::to_string(i));
    EXPECT_EQ(consume(2), (Records{"0", "1"}));
    EXPECT_EQ(consume(), (Records{"2", "3", "4"}));
}

TEST_F(RingTest, RecordsThatGoRoundTheEnd) {
    for (int i = 0; i < 200; ++i) {
        const std::string record(static_cast<std::size_t>(100 + i * 9), static_cast<char>(i));
        produce(record);
        ASSERT_EQ(consume(), Records{record}) << i;
    }
    EXPECT_GT(produced(), 10 * kRingSize);
}

}  // namespace
}  // namespace httpprof::record
