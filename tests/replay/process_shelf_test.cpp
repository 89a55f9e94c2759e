#include "replay/process_shelf.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace httpprof::replay {
namespace {

using namespace std::string_literals;

constexpr std::size_t kRoomForSome = 10'000;

Process process(std::uint32_t pid) {
    Process process;
    process.pid = pid;
    process.start_ns = 100 + pid;
    process.comm = "prog";
    process.arguments = "prog\0-n\0"s + std::string(500, 'a');
    process.environment = "A="s + std::to_string(pid) + '\0';
    process.executable = "/bin/prog";
    process.cgroup = "/shop";
    process.identity = {.uid = 7, .namespace_pid = pid};
    process.error = "why";
    return process;
}

void expect_same(const Process& a, const Process& b) {
    EXPECT_EQ(a.pid, b.pid);
    EXPECT_EQ(a.start_ns, b.start_ns);
    EXPECT_EQ(a.comm, b.comm);
    EXPECT_EQ(a.arguments, b.arguments);
    EXPECT_EQ(a.environment, b.environment);
    EXPECT_EQ(a.environment_kept, b.environment_kept);
    EXPECT_EQ(a.executable, b.executable);
    EXPECT_EQ(a.cgroup, b.cgroup);
    EXPECT_EQ(a.error, b.error);
    EXPECT_EQ(a.identity.value_or(ProcessIdentity()).namespace_pid,
              b.identity.value_or(ProcessIdentity()).namespace_pid);
}

TEST(ProcessShelfTest, HasThemAllAndFewInMemory) {
    ProcessShelf shelf(kRoomForSome);
    std::vector<std::weak_ptr<const Process>> given;
    for (std::uint32_t i = 0; i < 100; ++i) {
        EXPECT_EQ(shelf.add(process(i)), i);
        given.push_back(shelf.at(i));
    }
    std::size_t in_memory = 0;
    for (const auto& each : given)
        in_memory += each.expired() ? 0 : memory_of(*each.lock());
    EXPECT_LE(in_memory, kRoomForSome);
    for (std::uint32_t i = 0; i < 100; ++i)
        expect_same(*shelf.at(i), process(i));
    EXPECT_FALSE(shelf.error());
}

TEST(ProcessShelfTest, SaysTheLatestOfWhatWasReplacedInTheFile) {
    ProcessShelf shelf(kRoomForSome);
    for (std::uint32_t i = 0; i < 100; ++i)
        shelf.add(process(i));
    Process bare;
    bare.pid = 3;
    shelf.replace(3, bare);
    for (std::uint32_t i = 50; i < 100; ++i)
        shelf.at(i);
    expect_same(*shelf.at(3), bare);
}

TEST(ProcessShelfTest, HoldsTheLastOneHoweverLargeItIs) {
    ProcessShelf shelf(10);
    shelf.add(process(0));
    const auto last = shelf.at(0);
    EXPECT_EQ(shelf.at(0), last);
    shelf.add(process(1));
    EXPECT_NE(shelf.at(0), last);
}

TEST(ProcessShelfTest, SaysThatTheFileCannotBeMade) {
    ::setenv("TMPDIR", "/nowhere", 1);
    ProcessShelf shelf(10);
    shelf.add(process(0));
    EXPECT_FALSE(shelf.error());
    shelf.add(process(1));
    ::unsetenv("TMPDIR");
    ASSERT_TRUE(shelf.error());
    expect_same(*shelf.at(0), process(0));
}

}  // namespace
}  // namespace httpprof::replay
