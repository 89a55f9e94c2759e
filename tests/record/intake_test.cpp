#include "record/intake.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/record/made_ring.h"
#include "tests/support/wire_records.h"

namespace httpprof::record {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using test::data_record;
using test::io_uring_record;
using test::process_record;

// Programs of which the test is the kernel.
class MadePrograms : public BpfPrograms {
  public:
    MadePrograms() {
        std::vector<std::unique_ptr<Ring>> rings;
        rings.push_back(*Ring::map(ring_.descriptor(), MadeRing::kSize, MadeRing::kSize));
        rings_ = std::make_unique<Rings>(std::move(rings));
    }

    void produce(const std::string& record) {
        ring_.produce(record);
        ++produced_;
    }

    Result<void> attach() override { return {}; }
    void start() override {}
    void stop() override {}
    void detach() override {}
    std::vector<int> ring_descriptors() const override { return rings_->descriptors(); }
    Rings& rings() override { return *rings_; }
    std::vector<std::string> renew_cgroups() override { return {}; }
    format::Stats read_counters() const override { return {.produced = produced_}; }

  private:
    MadeRing ring_;
    std::unique_ptr<Rings> rings_;
    std::uint64_t produced_ = 0;
};

class IntakeTest : public ::testing::Test {
  protected:
    static constexpr std::size_t kQueueLimit = 4 * 1024 * 1024;
    static constexpr std::size_t kRoomForSnapshots = 64 * 1024;
    static constexpr std::size_t kFillerSize = MadeRing::kSize / 16 * 7;

    void take(const std::vector<std::string>& records) {
        for (const std::string& record : records)
            programs_.produce(record);
        intake_.drain();
    }

    void fill_queue() {
        format::RecordBlock block;
        block.append(std::string(kQueueLimit - kRoomForSnapshots, 'r'));
        ASSERT_TRUE(queue_.push(std::move(block)));
    }

    // One of many, of no bytes that crossed a socket.
    static std::string filler() {
        return data_record({.payload = std::string(kFillerSize, 'f'), .original_size = 0});
    }
    static bool is_filler(std::string_view record) { return record.size() > kFillerSize; }

    void fill_block() {
        for (; !intake_.waits_for_writer(); ++fillers_)
            take({filler()});
    }

    // With what else is in it, but for what is said of processes.
    void lose_block() {
        fill_block();
        programs_.produce(filler());
        programs_.produce(filler());
        intake_.drain();
    }

    // Those of the next block that the writer gets, without fillers.
    std::vector<std::string> pop_records() {
        for (auto input = queue_.pop(); input; input = queue_.pop()) {
            const auto* block = std::get_if<format::RecordBlock>(&*input);
            if (block == nullptr) continue;  // a snapshot
            std::vector<std::string> records;
            std::string memory;
            for (std::size_t i = 0; i < block->count(); ++i)
                records.emplace_back(block->record(i).joined(memory));
            std::erase_if(records, is_filler);
            return records;
        }
        return {};
    }

    std::vector<format::Counter> lost() const { return intake_.read_stats().lost; }

    MadePrograms programs_;
    BlockQueue queue_{kQueueLimit};
    Options options_;
    std::uint64_t fillers_ = 0;  // of blocks that were filled
    Intake intake_{programs_, queue_, options_};
};

TEST_F(IntakeTest, ABlockWaitsForTheWriterWhileTheRingHasRoom) {
    fill_queue();
    take({data_record()});
    intake_.hand_over_block();
    take({data_record({.position = 8})});
    intake_.hand_over_block();
    pop_records();
    intake_.hand_over_block();
    EXPECT_THAT(pop_records(), ElementsAre(data_record(), data_record({.position = 8})));
    EXPECT_THAT(lost(), IsEmpty());
}

TEST_F(IntakeTest, NoRecordIsTakenWhileAFullBlockWaits) {
    fill_queue();
    fill_block();
    take({data_record()});
    EXPECT_TRUE(intake_.waits_for_writer());
    pop_records();
    intake_.drain();
    EXPECT_FALSE(intake_.waits_for_writer());
    EXPECT_THAT(pop_records(), IsEmpty());
    intake_.hand_over_block();
    EXPECT_THAT(pop_records(), ElementsAre(data_record()));
    EXPECT_THAT(lost(), IsEmpty());
}

TEST_F(IntakeTest, AFullBlockIsLostWhenTheRingIsNearlyFull) {
    fill_queue();
    take({data_record()});
    lose_block();
    EXPECT_THAT(lost(), ElementsAre(format::Counter{"writer-too-slow", fillers_ + 1, 7}));
    EXPECT_FALSE(intake_.waits_for_writer());
}

TEST_F(IntakeTest, WhatIsSaidOfProcessesIsInTheNextBlockThatTheWriterTakes) {
    fill_queue();
    take({data_record(), process_record(), io_uring_record(), data_record()});
    lose_block();
    take({process_record({.exec_id = 4})});
    EXPECT_THAT(lost(), ElementsAre(format::Counter{"writer-too-slow", fillers_ + 2, 2 * 7}));
    pop_records();
    intake_.hand_over_block();
    EXPECT_THAT(pop_records(),
                ElementsAre(process_record(), io_uring_record(), process_record({.exec_id = 4})));
}

TEST_F(IntakeTest, WhatTheWriterTookIsNotSaidAgain) {
    take({process_record()});
    intake_.hand_over_block();
    EXPECT_THAT(pop_records(), ElementsAre(process_record()));
    fill_queue();
    take({io_uring_record()});
    lose_block();
    pop_records();
    intake_.hand_over_block();
    EXPECT_THAT(pop_records(), ElementsAre(io_uring_record()));
}

TEST_F(IntakeTest, WhatIsSaidOfProcessesBeyondABoundIsLost) {
    constexpr std::uint64_t kProcesses = 300;
    const std::string record = process_record({.environment = std::string(4096, 'e')});
    fill_queue();
    for (std::uint64_t i = 0; i < kProcesses; ++i)
        take({record});
    lose_block();
    const std::uint64_t kept = 1024 * 1024 / record.size();
    EXPECT_THAT(lost(),
                ElementsAre(format::Counter{"writer-too-slow", fillers_ + kProcesses - kept, 0}));
    pop_records();
    intake_.hand_over_block();
    EXPECT_EQ(pop_records().size(), kept);
}

TEST_F(IntakeTest, TheEndWaitsForTheWriter) {
    fill_queue();
    take({process_record(), data_record()});
    programs_.produce(io_uring_record());
    std::vector<std::string> records;
    std::thread writer([&] {
        pop_records();
        records = pop_records();
    });
    intake_.finish();
    writer.join();
    EXPECT_THAT(records, ElementsAre(process_record(), data_record(), io_uring_record()));
    EXPECT_THAT(lost(), IsEmpty());
}

}  // namespace
}  // namespace httpprof::record
