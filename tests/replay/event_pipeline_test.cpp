#include "replay/event_pipeline.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace httpprof::replay {
namespace {

constexpr std::size_t kEvents = 5000;

Event event_of(std::size_t number, std::size_t process = 0) {
    Event event;
    event.process = std::make_shared<Process>();
    event.message = std::make_shared<Message>();
    event.message->raw = std::string(number % 700, 'r');
    event.connection = number;
    event.process_number = process;
    return event;
}

// Writes down what it is given, and fails at an event if told to.
class LogEmitter final : public Emitter {
  public:
    void render(const Event& event, std::string& text) const override {
        text += std::to_string(event.connection) + ' ';
    }
    Result<void> event(const Event& event) override {
        if (event.connection == failing) return Error{"full"};
        events.push_back(event.connection);
        return {};
    }
    Result<void> rendered(std::string_view text) override {
        all_text += text;
        return {};
    }
    Result<void> flush() override {
        events_at_flush.push_back(events.size());
        return {};
    }
    Result<void> finish() override { return {}; }

    Result<void> process(const ProcessReport& report) override {
        processes.push_back(report.number);
        return {};
    }

    std::uint64_t failing = kEvents;
    std::vector<std::size_t> processes;
    std::vector<std::uint64_t> events;
    std::vector<std::size_t> events_at_flush;
    std::string all_text;
};

class OddOnly final : public EventStage {
  public:
    Result<bool> apply(Event& event) const override { return event.connection % 2 == 1; }
};

class EventPipelineTest : public testing::TestWithParam<unsigned> {
  protected:
    LogEmitter emitter_;
};

TEST_P(EventPipelineTest, KeepsTheOrder) {
    EventPipeline pipeline({&emitter_}, {}, GetParam());
    std::string expected;
    for (std::size_t i = 0; i < kEvents; ++i) {
        ASSERT_TRUE(pipeline.add(event_of(i)).ok());
        expected += std::to_string(i) + ' ';
    }
    const auto emitted = pipeline.drain();
    ASSERT_TRUE(emitted.ok());
    EXPECT_EQ(emitted->events, kEvents);
    EXPECT_EQ(emitter_.all_text, expected);
    EXPECT_EQ(emitter_.events.size(), kEvents);
    EXPECT_TRUE(std::is_sorted(emitter_.events.begin(), emitter_.events.end()));
}

TEST_P(EventPipelineTest, StagesLeaveOutEventsAndTheirProcesses) {
    const OddOnly stage;
    EventPipeline pipeline({&emitter_}, {&stage}, GetParam());
    for (std::size_t i = 0; i < 10; ++i)
        ASSERT_TRUE(pipeline.add(event_of(i, i)).ok());
    const auto emitted = pipeline.drain();
    ASSERT_TRUE(emitted.ok());
    EXPECT_EQ(emitter_.all_text, "1 3 5 7 9 ");
    EXPECT_THAT(emitted->processes, testing::ElementsAre(false, true, false, true, false, true,
                                                         false, true, false, true));
}

TEST_P(EventPipelineTest, ProcessesComeBeforeTheFirstEventThatTheyHadAPartIn) {
    EventPipeline pipeline({&emitter_}, {}, GetParam(), /*processes_first=*/true);
    Event event = event_of(0, 2);
    event.others = {{nullptr, 0, 0}, {nullptr, 0, 3}};
    ASSERT_TRUE(pipeline.add(std::move(event)).ok());
    ASSERT_TRUE(pipeline.add(event_of(1, 3)).ok());
    const auto emitted = pipeline.drain();
    ASSERT_TRUE(emitted.ok());
    EXPECT_THAT(emitted->processes, testing::ElementsAre(true, false, true, true));
    EXPECT_THAT(emitter_.processes, testing::ElementsAre(2, 0, 3));
}

TEST_P(EventPipelineTest, FlushComesBehindTheEventsBeforeIt) {
    EventPipeline pipeline({&emitter_}, {}, GetParam());
    ASSERT_TRUE(pipeline.add(event_of(0)).ok());
    ASSERT_TRUE(pipeline.flush().ok());
    ASSERT_TRUE(pipeline.add(event_of(1)).ok());
    ASSERT_TRUE(pipeline.drain().ok());
    EXPECT_THAT(emitter_.events_at_flush, testing::ElementsAre(1));
}

TEST_P(EventPipelineTest, TheErrorOfAnEmitterEndsIt) {
    emitter_.failing = 1000;
    EventPipeline pipeline({&emitter_}, {}, GetParam());
    bool failed = false;
    for (std::size_t i = 0; i < 10 * kEvents && !failed; ++i)
        failed = !pipeline.add(event_of(i)).ok();
    EXPECT_TRUE(failed);
    EXPECT_FALSE(pipeline.drain().ok());
    EXPECT_EQ(emitter_.events.size(), 1000u);
}

// As bodies are decoded that are larger than what they were sent as.
class Inflate final : public EventStage {
  public:
    explicit Inflate(std::size_t size) : size_(size) {}
    Result<bool> apply(Event& event) const override {
        event.message->decoded = std::string(size_, 'd');
        note_living(++living_);
        event.request = std::shared_ptr<const RequestHead>(new RequestHead, [this](auto* head) {
            --living_;
            delete head;
        });
        return true;
    }
    std::size_t most() const { return most_; }

  private:
    void note_living(std::size_t living) const {
        std::size_t most = most_;
        while (most < living && !most_.compare_exchange_weak(most, living))
            continue;
    }

    const std::size_t size_;
    mutable std::atomic<std::size_t> living_ = 0;
    mutable std::atomic<std::size_t> most_ = 0;
};

TEST_P(EventPipelineTest, WhatEventsBecomeIsBounded) {
    constexpr std::size_t kSize = 1024 * 1024;
    const Inflate stage(kSize);
    {
        EventPipeline pipeline({&emitter_}, {&stage}, GetParam());
        for (std::size_t i = 0; i < 500; ++i)
            ASSERT_TRUE(pipeline.add(event_of(i)).ok());
        ASSERT_TRUE(pipeline.drain().ok());
    }
    EXPECT_EQ(emitter_.events.size(), 500u);
    EXPECT_TRUE(std::is_sorted(emitter_.events.begin(), emitter_.events.end()));
    EXPECT_LE(stage.most(), GetParam() * 10);
}

// Every event asks, and sees that those before it were emitted.
class InTurn final : public EventStage {
  public:
    explicit InTurn(const LogEmitter& emitter) : emitter_(emitter) {}
    Result<bool> apply(Event& event) const override {
        if (event.turn != Turn::come) {
            event.turn = Turn::asked;
        } else if (emitter_.events.size() == event.connection) {
            ++came_;
        }
        return true;
    }
    std::size_t came() const { return came_; }

  private:
    const LogEmitter& emitter_;
    mutable std::size_t came_ = 0;
};

TEST_P(EventPipelineTest, AnEventThatAsksGetsItsTurn) {
    const InTurn stage(emitter_);
    EventPipeline pipeline({&emitter_}, {&stage}, GetParam());
    for (std::size_t i = 0; i < kEvents; ++i)
        ASSERT_TRUE(pipeline.add(event_of(i)).ok());
    EXPECT_EQ(pipeline.drain()->events, kEvents);
    EXPECT_EQ(stage.came(), kEvents);
}

TEST_P(EventPipelineTest, MayEndWithEventsUnderWay) {
    EventPipeline pipeline({&emitter_}, {}, GetParam());
    for (std::size_t i = 0; i < kEvents; ++i)
        ASSERT_TRUE(pipeline.add(event_of(i)).ok());
}

INSTANTIATE_TEST_SUITE_P(Jobs, EventPipelineTest, testing::Values(1u, 2u, 5u));

}  // namespace
}  // namespace httpprof::replay
