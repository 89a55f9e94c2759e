// Which processes are recorded: by user, name, cgroup, environment, descent; and what of them.
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <set>

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/reader.h"
#include "record/cgroup.h"
#include "tests/e2e/connection_pair.h"
#include "tests/e2e/live_recording.h"
#include "tests/e2e/speaker.h"

namespace httpprof::test {
namespace {

using nlohmann::json;
using Environment = std::vector<std::string>;

class FilterTest : public LiveTest {
  protected:
    void SetUp() override {
        LiveTest::SetUp();
        if (!find_program("bash")) GTEST_SKIP() << "bash is not installed";
    }

    void record_with(std::vector<std::string> options) {
        options.insert(options.end(), {"--port", std::to_string(listener_.port())});
        start_recording(options);
    }
    void speak(const std::string& target, ChildProcess::Settings settings = {},
               const std::string& before = "") {
        run_speaker(listener_, std::move(settings), before + say(listener_, target));
    }
    // What was recorded of the speakers.
    std::set<std::string> recorded() {
        stop_recording();
        return targets();
    }
    std::set<std::string> targets() {
        std::set<std::string> found;
        for (const json& event : with(analyze(), "direction", "send"))
            found.insert(event["url"].get<std::string>());
        return found;
    }
    const Listener& listener() const { return listener_; }

  private:
    Listener listener_;
};

using Targets = std::set<std::string>;

TEST_F(FilterTest, User) {
    record_with({"--uid", "nobody"});
    speak("/nobody", {.uid = 65534});
    speak("/root");
    EXPECT_EQ(recorded(), Targets{"/nobody"});
}

TEST_F(FilterTest, CommandName) {
    const std::string wanted = file("a-name-longer-than-comm");
    std::filesystem::create_symlink("/bin/bash", wanted);
    record_with({"--comm", "a-name-longer-than-comm,other"});
    speak("/wanted", {.command = {wanted}});
    speak("/bash");
    EXPECT_EQ(recorded(), Targets{"/wanted"});
}

// A cgroup of its own, for processes that move there.
class OwnCgroup {
  public:
    OwnCgroup() {
        const auto root = record::open_cgroup("/");
        if (!root) return;
        place_ =
            std::filesystem::path(root->path) / ("httpprof-test-" + std::to_string(::getpid()));
        make();
    }
    ~OwnCgroup() { remove(); }
    OwnCgroup(const OwnCgroup&) = delete;
    OwnCgroup& operator=(const OwnCgroup&) = delete;

    bool exists() const { return std::filesystem::exists(place_ / "below"); }
    std::string name() const { return "/" + place_.filename().string(); }
    void make() const {
        std::error_code refused;
        std::filesystem::create_directories(place_ / "below", refused);
    }
    // When the kernel has seen the end of all that was in it.
    void remove() const {
        if (place_.empty()) return;
        for (const auto& folder : {place_ / "below", place_}) {
            while (::rmdir(folder.c_str()) != 0 && errno == EBUSY) {
            }
        }
    }
    // Part of a shell script.
    std::string move_to(const std::string& which = "") const {
        return "echo $$ > " + (place_ / which / "cgroup.procs").string() + "; ";
    }

  private:
    std::filesystem::path place_;
};

TEST_F(FilterTest, CgroupAndThoseBelow) {
    const OwnCgroup group;
    if (!group.exists()) GTEST_SKIP() << "cannot make a cgroup";
    record_with({"--cgroup", group.name()});
    speak("/in", {}, group.move_to());
    speak("/below", {}, group.move_to("below"));
    speak("/outside");
    EXPECT_EQ(recorded(), (Targets{"/in", "/below"}));
    EXPECT_NE(analyze_environment().find("cgroup: \"" + group.name() + "/below\""),
              std::string::npos);
}

TEST_F(FilterTest, CgroupThatIsMadeAgain) {
    const OwnCgroup group;
    if (!group.exists()) GTEST_SKIP() << "cannot make a cgroup";
    record_with({"--cgroup", group.name()});
    speak("/before", {}, group.move_to());
    for (int i = 0; i < 2; ++i) {
        group.remove();
        ASSERT_TRUE(recorder().wait_for_error_text("cgroup '" + group.name() + "' was removed"));
        speak("/between");
        group.make();
        // It is seen soon and not at once.
        for (int attempt = 0; attempt < 20; ++attempt)
            speak("/again" + std::to_string(i), {}, group.move_to());
    }
    EXPECT_EQ(recorded(), (Targets{"/before", "/again0", "/again1"}));
    EXPECT_EQ(recorder().errors().find("was removed"), recorder().errors().rfind("was removed"));
}

TEST_F(FilterTest, EnvironmentMatches) {
    record_with({"--env-match", "PROFILE=on,yes", "--env-match", "ALWAYS"});
    // Longer than what is compared, and containing what is wanted.
    const std::string long_variable = "LONG=" + std::string(40'000, 'x') + "PROFILE=on";
    speak("/on", {.environment = Environment{"A=1", long_variable, "PROFILE=on"}});
    speak("/yes", {.environment = Environment{"PROFILE=yes"}});
    speak("/always", {.environment = Environment{"ALWAYS="}});
    speak("/off", {.environment = Environment{"PROFILE=off"}});
    speak("/only", {.environment = Environment{"PROFILE=only", long_variable}});
    speak("/prefix", {.environment = Environment{"MYPROFILE=on", "ALWAYS_NOT=1"}});
    speak("/none", {.environment = Environment{}});
    EXPECT_EQ(recorded(), (Targets{"/on", "/yes", "/always"}));
}

TEST_F(FilterTest, EnvironmentExcludes) {
    record_with({"--env-exclude", "SECRET", "--env-exclude", "PROFILE=a,b"});
    speak("/plain", {.environment = Environment{"A=1"}});
    speak("/secret", {.environment = Environment{"A=1", "SECRET=x"}});
    speak("/value", {.environment = Environment{"PROFILE=a,b"}});
    speak("/other", {.environment = Environment{"PROFILE=a"}});
    EXPECT_EQ(recorded(), (Targets{"/plain", "/other"}));
}

// More variables than are looked at: what is behind them is not known.
TEST_F(FilterTest, TooLargeAnEnvironmentIsLeftOutAndCounted) {
    Environment many(5000, "V=1");
    many.push_back("SECRET=x");
    record_with({"--env-exclude", "SECRET", "--env-match", "WANTED"});
    speak("/behind", {.environment = many});
    many.insert(many.begin(), "WANTED=1");
    speak("/before-and-behind", {.environment = many});
    EXPECT_EQ(recorded(), Targets{});
    EXPECT_NE(recorder().errors().find("environment-unreadable"), std::string::npos)
        << recorder().errors();
}

// setproctitle(3), as perl does it.
TEST_F(FilterTest, AnEnvironmentThatATitleStandsInIsLeftOutAndCounted) {
    const auto perl = find_program("perl");
    if (!perl) GTEST_SKIP() << "perl is not installed";
    const std::string script =
        "use IO::Socket::INET; $0 = 't' x 500;"
        "my $s = IO::Socket::INET->new('127.0.0.1:" +
        std::to_string(listener().port()) +
        "'); syswrite($s, \"GET /title HTTP/1.1\\r\\n\\r\\n\");";
    record_with({"--env-exclude", "SECRET"});
    ChildProcess titled({.command = {*perl, "-e", script}, .environment = Environment{"SECRET=x"}});
    EXPECT_EQ(listener().take_request(), "/title");
    titled.wait();
    EXPECT_EQ(recorded(), Targets{});
    EXPECT_NE(recorder().errors().find("environment-unreadable"), std::string::npos)
        << recorder().errors();
}

// Says "GET /hidden" while the page where its environment starts is unreadable, then "GET /seen".
std::string hide_and_say(const Listener& listener) {
    return "import ctypes, mmap, socket\n"
           "fields = open('/proc/self/stat').read().rpartition(')')[2].split()\n"
           "page = ctypes.c_void_p(int(fields[47]) & -mmap.PAGESIZE)\n"
           "protect = ctypes.CDLL(None).mprotect\n"
           "def say(target):\n"
           "    with socket.create_connection(('127.0.0.1', " +
           std::to_string(listener.port()) +
           ")) as server:\n"
           "        server.send(b'GET ' + target + b' HTTP/1.1\\r\\n\\r\\n')\n"
           "assert protect(page, mmap.PAGESIZE, 0) == 0\n"
           "say(b'/hidden')\n"
           "assert protect(page, mmap.PAGESIZE, mmap.PROT_READ | mmap.PROT_WRITE) == 0\n"
           "say(b'/seen')\n" +
           std::string(20'000, '#');  // the stack itself is in another page
}

TEST_F(FilterTest, AnEnvironmentThatCannotBeReadForACallIsReadAtALaterOne) {
    const auto python = find_program("python3");
    if (!python) GTEST_SKIP() << "python3 is not installed";
    record_with({"--env-match", "WANT=1"});
    ChildProcess speaker({.command = {*python, "-c", hide_and_say(listener())},
                          .environment = Environment{"A=" + std::string(20'000, 'a'), "WANT=1"}});
    EXPECT_EQ(listener().take_request(), "/hidden");
    EXPECT_EQ(listener().take_request(), "/seen");
    EXPECT_EQ(speaker.wait(), 0) << speaker.errors();
    EXPECT_EQ(recorded(), Targets{"/seen"});
}

TEST_F(FilterTest, AnEmptyVariableBeforeTheOthersIsNoTitle) {
    record_with({"--env-exclude", "SECRET"});
    speak("/empty", {.environment = Environment{"", "A=1"}});
    speak("/secret", {.environment = Environment{"", "SECRET=x"}});
    EXPECT_EQ(recorded(), Targets{"/empty"});
    EXPECT_EQ(recorder().errors().find("environment-unreadable"), std::string::npos)
        << recorder().errors();
}

// An environment is that of a program: exec gives the process another one.
TEST_F(FilterTest, ExecDecidesAnew) {
    record_with({"--env-match", "PROFILE=on"});
    ChildProcess speaker(
        {.command = {"/bin/bash", "-c",
                     say(listener(), "/before") + "PROFILE=on exec /bin/bash -c \"" +
                         say(listener(), "/after") + "\""},
         .environment = Environment{"A=1"}});
    EXPECT_EQ(listener().take_request(), "/before");
    EXPECT_EQ(listener().take_request(), "/after");
    speaker.wait();
    EXPECT_EQ(recorded(), Targets{"/after"});
}

TEST_F(FilterTest, DescendantsOldAndNew) {
    const std::string go = file("go");
    const std::string wait = "while [ ! -e " + go + " ]; do sleep 0.05; done; ";
    ChildProcess parent({.command = {"/bin/bash", "-c",
                                     "(" + wait + say(listener(), "/old") + ") & old=$!; " + wait +
                                         "wait $old; (" + say(listener(), "/new") + ")"}});
    record_with({"--pid", std::to_string(parent.pid()), "--follow"});
    speak("/stranger");
    std::ofstream(go) << "";
    EXPECT_EQ(listener().take_request(), "/old");
    EXPECT_EQ(listener().take_request(), "/new");
    EXPECT_EQ(parent.wait(), 0);
    EXPECT_EQ(recorded(), (Targets{"/old", "/new"}));
}

// A COMMAND is recorded with its descendants, a process beside it as it was asked for.
TEST_F(FilterTest, OneProcessBesideACommand) {
    const auto wait_for = [this](const std::string& name) {
        return "while [ ! -e " + file(name) + " ]; do sleep 0.05; done; ";
    };
    ChildProcess process({.command = {"/bin/bash", "-c",
                                      wait_for("go") + "(" + say(listener(), "/child") + "); " +
                                          say(listener(), "/itself")}});
    const std::string command = "(" + say(listener(), "/command") + "); " + wait_for("end");
    start_recording({"--port", std::to_string(listener().port()), "--pid",
                     std::to_string(process.pid()), "--", "/bin/bash", "-c", command});
    EXPECT_EQ(listener().take_request(), "/command");
    std::ofstream(file("go")) << "";
    EXPECT_EQ(listener().take_request(), "/child");
    EXPECT_EQ(listener().take_request(), "/itself");
    EXPECT_EQ(process.wait(), 0);
    std::ofstream(file("end")) << "";
    EXPECT_EQ(recorder().wait(), 0) << recorder().errors();
    EXPECT_EQ(targets(), (Targets{"/command", "/itself"}));
}

TEST_F(FilterTest, VariablesByPrefixOrNone) {
    const Environment environment{"APP_NAME=shop", "PASSWORD=hunter2", "APPLE=no"};
    record_with({"--env-prefix", " APP_ ,,OTHER_"});
    speak("/", {.environment = environment});
    stop_recording();
    const std::string some = analyze_environment();
    EXPECT_NE(some.find("env:\n  APP_NAME: \"shop\"\nenv_kept: \"by prefix\"\n"), std::string::npos)
        << some;
    EXPECT_EQ(some.find("hunter2"), std::string::npos);
    EXPECT_EQ(some.find("APPLE"), std::string::npos);

    std::filesystem::remove(capture());
    record_with({"--no-env"});
    speak("/", {.environment = environment});
    stop_recording();
    const std::string none = analyze_environment();
    EXPECT_NE(none.find("--no-env"), std::string::npos) << none;
    EXPECT_EQ(none.find("APP_NAME"), std::string::npos);
}

// The payload of all data records of a capture.
std::string recorded_bytes(const std::string& path) {
    std::string bytes;
    auto source = format::open_capture(path, {});
    EXPECT_TRUE(source.ok());
    for (auto frame = (*source)->next(); frame && *frame; frame = (*source)->next()) {
        const auto* batch = std::get_if<format::RecordBatch>(&(*frame)->content);
        if (!batch) continue;
        for (const format::Record& record : batch->records) {
            if (const auto* data = std::get_if<format::DataRecord>(&record)) bytes += data->payload;
        }
    }
    return bytes;
}

TEST_F(FilterTest, AllSockets) {
    ConnectionPair pair(AF_INET);
    start_recording({"--sockets", "all", "--port", std::to_string(pair.server_port())});
    write_text(pair.client(), "EHLO test\r\n");
    read_text(pair.server(), 11);
    write_text(pair.server(), "250 ok\r\n");
    read_text(pair.client(), 8);
    stop_recording();
    EXPECT_EQ(recorded_bytes(capture()), "EHLO test\r\nEHLO test\r\n250 ok\r\n250 ok\r\n");
    EXPECT_TRUE(analyze().empty());
}

// It would never come to an end.
TEST_F(FilterTest, RecorderDoesNotRecordItself) {
    ConnectionPair pair(AF_INET);
    ChildProcess::Settings settings{
        .command = {"/bin/bash", "-c",
                    std::string("exec " HTTPPROF_BINARY " record -o - --sockets all --duration 2s"
                                " --port ") +
                        std::to_string(listener().port()) + " >/dev/tcp/127.0.0.1/" +
                        std::to_string(listener().port())}};
    ChildProcess recorder(settings);
    EXPECT_TRUE(recorder.wait_for_error_text("httpprof: recording")) << recorder.errors();
    EXPECT_EQ(recorder.wait(), 0);
    EXPECT_NE(recorder.errors().find(": 0 records"), std::string::npos) << recorder.errors();
}

// In a pid namespace its number is that of another process outside: here, of this one.
TEST_F(FilterTest, RecorderInAPidNamespaceIsNotTakenForAnother) {
    if (::access("/proc/sys/kernel/ns_last_pid", W_OK) != 0)
        GTEST_SKIP() << "numbers of processes cannot be chosen on this kernel";
    ConnectionPair pair(AF_INET);
    const std::string end = file("end");
    ASSERT_EQ(::mkfifo(end.c_str(), 0600), 0);
    const std::string script =
        "echo " + std::to_string(::getpid() - 1) + " > /proc/sys/kernel/ns_last_pid; " +
        HTTPPROF_BINARY + " record -o " + capture() + " --port " +
        std::to_string(pair.server_port()) + " & echo number $! >&2; read line < " + end +
        "; kill -TERM $!; wait $!";
    ChildProcess shell(
        {.command = {"unshare", "--pid", "--fork", "--mount-proc", "/bin/sh", "-c", script}});
    ASSERT_TRUE(shell.wait_for_error_text("httpprof: recording")) << shell.errors();
    EXPECT_NE(shell.errors().find("number " + std::to_string(::getpid()) + "\n"),
              std::string::npos);
    const std::string request = "GET / HTTP/1.1\r\nHost: test\r\n\r\n";
    write_text(pair.client(), request);
    EXPECT_EQ(read_text(pair.server(), request.size()), request);
    std::ofstream(end) << "end\n";
    EXPECT_EQ(shell.wait(), 0) << shell.errors();
    EXPECT_EQ(analyze().size(), 2u);
}

}  // namespace
}  // namespace httpprof::test
