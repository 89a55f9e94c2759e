#include "record/recorder.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "format/descriptor.h"
#include "format/output_file.h"
#include "record/block_queue.h"
#include "record/bpf_programs.h"
#include "record/child_command.h"
#include "record/host.h"
#include "record/intake.h"
#include "record/preflight.h"
#include "record/privileges.h"
#include "record/segment_files.h"
#include "record/segments.h"
#include "record/syscall_filter.h"
#include "record/writer_thread.h"

namespace httpprof::record {
namespace {

using SteadyClock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::string_view kStandardOutput = "-";

// How long records stay in a ring that is nowhere near full.
constexpr auto kDrainInterval = 10ms;
// What a killed recorder may lose, beside what is in the rings and what waits for the writer.
constexpr auto kBlockInterval = 500ms;
constexpr auto kStatsInterval = 1s;
constexpr auto kClockInterval = 10s;
// What a cgroup that was made again may say unrecorded: less than a service takes to start.
constexpr auto kCgroupInterval = 20ms;
// Both where somebody reads meanwhile: what that shows is to be seen within a second, and it waits
// for records that come late as well.
constexpr auto kLiveInterval = 100ms;
// Bytes that may wait for the writer, beside what the rings hold: three full blocks.
constexpr std::size_t kQueueLimit = 13 * 1024 * 1024;

// True each time an interval is over.
class Ticker {
  public:
    explicit Ticker(SteadyClock::duration interval) : interval_(interval) {}

    bool is_due(SteadyClock::time_point now) {
        if (now < next_) return false;
        next_ = now + interval_;
        return true;
    }

  private:
    SteadyClock::duration interval_;
    SteadyClock::time_point next_ = SteadyClock::now() + interval_;
};

bool is_ignored(int signal) {
    struct sigaction action {};
    return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

// For when they are unblocked. Not before a COMMAND is forked, which has them as they were.
void stop_ignoring(const sigset_t& signals) {
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
        if (::sigismember(&signals, signal) == 1) std::signal(signal, SIG_DFL);
    }
}

sigset_t taken_signals() {
    sigset_t signals;
    ::sigemptyset(&signals);
    for (const int signal : {SIGINT, SIGTERM, SIGCHLD})
        ::sigaddset(&signals, signal);
    // What nohup(1) starts outlives its terminal. SIGINT is taken even so: shells have it ignored
    // by what runs in the background of a script, which may send it to end the recording.
    if (!is_ignored(SIGHUP)) ::sigaddset(&signals, SIGHUP);
    return signals;
}

// Becomes readable when somebody sets the wall clock (Linux 3.0).
format::Descriptor watch_wall_clock() {
    format::Descriptor timer(::timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK));
    itimerspec never{};
    never.it_value.tv_sec = INT64_MAX / 2'000'000'000;
    ::timerfd_settime(timer.get(), TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, nullptr);
    return timer;
}

Result<void> check_processes(const Options& options) {
    if (options.pids.empty() && options.command.empty()) return {};
    if (Result<void> known = check_pids_are_the_hosts(); !known) return known;
    for (const std::uint32_t pid : options.pids) {
        const format::Descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
        if (process.open()) continue;
        const std::string what = "cannot record process " + std::to_string(pid);
        if (errno == ESRCH) return format::system_error(what, ESRCH);
        return Error{what + ": it is a thread of another one"};  // Linux 5.3, pidfd_open(2)
    }
    return {};
}

// The rings and the queue have room for a late reader, so the recorder need not interrupt whom it
// records: a thread of this policy waits for its share of the CPU until another one yields or has
// used up its own (sched(7), SCHED_BATCH). That it cannot be had costs speed only.
void yield_to_the_recorded() {
    const sched_param none{};
    ::sched_setscheduler(0, SCHED_BATCH, &none);
}

bool is_live(const Options& options) {
    return options.live_pipe >= 0;
}

// Whether the capture is read while it is recorded: in this process, or behind a pipe or socket.
bool is_read_meanwhile(const Options& options) {
    if (is_live(options)) return true;
    struct stat status {};
    const int failed = options.output == kStandardOutput ? ::fstat(STDOUT_FILENO, &status)
                                                         : ::stat(options.output.c_str(), &status);
    return failed == 0 && (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode));
}

bool may_wait_for_reader(const Options& options) {
    if (is_read_meanwhile(options)) return true;
    return options.output != kStandardOutput && format::is_stream(options.output);
}

// Whether there is a file that is renamed once it is whole.
bool gets_a_name(const Options& options) {
    return !is_live(options) && !format::is_stream(options.output);
}

// Opening a named pipe waits for its reader, and a signal has to end that.
Result<std::unique_ptr<Segments>> start_segments(SegmentStore& store, const Options& options,
                                                 format::Header header,
                                                 const sigset_t& signals_before) {
    struct stat status {};
    const bool may_wait = ::stat(options.output.c_str(), &status) == 0 && S_ISFIFO(status.st_mode);
    sigset_t blocked;
    ::sigprocmask(SIG_SETMASK, may_wait ? &signals_before : nullptr, &blocked);
    auto segments = Segments::start(store, options.rotation, options.write, std::move(header));
    ::sigprocmask(SIG_SETMASK, &blocked, nullptr);
    return segments;
}

class Recording {
  public:
    Recording(BpfPrograms& programs, Segments& segments, ChildCommand* command,
              const Options& options, const Callbacks& callbacks, const sigset_t& signals)
        : programs_(programs),
          command_(command),
          options_(options),
          callbacks_(callbacks),
          taken_signals_(signals),
          writer_stopped_(::eventfd(0, EFD_CLOEXEC)),
          signals_(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK)),
          wall_clock_(watch_wall_clock()),
          events_(::epoll_create1(EPOLL_CLOEXEC)),
          segments_(segments),
          writer_(queue_, segments, [this] { on_writer_stopped(); }),
          intake_(programs, queue_, options) {}

    Result<Summary> run();

  private:
    void watch(int descriptor, std::uint32_t events);
    void watch_all();
    void loop();
    void wait();
    void on_wall_clock();
    void on_writer_stopped();
    void on_signals();
    void on_signal(const signalfd_siginfo& info);
    void on_tick(SteadyClock::time_point now);
    void push_stats();
    void note_running_command();
    void let_signals_end_it();
    Result<Summary> finish(SteadyClock::time_point started);

    BpfPrograms& programs_;
    ChildCommand* command_;
    const Options& options_;
    const Callbacks& callbacks_;
    const sigset_t taken_signals_;

    format::Descriptor writer_stopped_;  // readable when it failed or the capture is full
    format::Descriptor signals_;
    format::Descriptor wall_clock_;
    format::Descriptor events_;  // epoll of these and of the rings

    BlockQueue queue_{kQueueLimit};
    Segments& segments_;
    WriterThread writer_;
    Intake intake_;

    Ticker block_ticker_{is_read_meanwhile(options_) ? kLiveInterval : kBlockInterval};
    Ticker stats_ticker_{is_read_meanwhile(options_) ? kLiveInterval : kStatsInterval};
    Ticker clock_ticker_{kClockInterval};
    Ticker cgroup_ticker_{kCgroupInterval};
    SteadyClock::time_point deadline_ = SteadyClock::time_point::max();
    std::string reason_;  // not empty: the recording ends
    int signals_taken_ = 0;
};

void Recording::on_writer_stopped() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(writer_stopped_.get(), &one, sizeof(one));
}

Result<Summary> Recording::run() {
    const auto started = SteadyClock::now();
    stop_ignoring(taken_signals_);
    watch_all();
    queue_.push(read_clocks());
    if (options_.duration)
        deadline_ = started + std::chrono::duration_cast<SteadyClock::duration>(*options_.duration);
    const Result<void> filtered = filter_syscalls({.command = command_ ? command_->pid() : 0,
                                                   .names_output = gets_a_name(options_),
                                                   .creates_files = options_.rotation.rotates(),
                                                   .selects_cgroups = !options_.cgroups.empty(),
                                                   .has_reader = is_live(options_)});
    programs_.start();
    callbacks_.on_ready(filtered ? std::string() : filtered.error().message);
    if (command_) {
        if (Result<void> released = command_->release(); !released) return released.error();
    }
    loop();
    return finish(started);
}

void Recording::loop() {
    while (reason_.empty()) {
        const bool more = intake_.drain();
        if (!more) wait();
        on_signals();
        on_tick(SteadyClock::now());
    }
}

void Recording::watch(int descriptor, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.fd = descriptor;
    ::epoll_ctl(events_.get(), EPOLL_CTL_ADD, descriptor, &event);
}

void Recording::watch_all() {
    // A ring is readable as long as anything is in it; only what wakes a reader is of interest.
    for (const int ring : programs_.ring_descriptors())
        watch(ring, EPOLLIN | EPOLLET);
    for (const format::Descriptor* descriptor : {&writer_stopped_, &signals_, &wall_clock_})
        watch(descriptor->get(), EPOLLIN);
}

void Recording::wait() {
    // The rings would wake us in vain.
    if (intake_.waits_for_writer()) return intake_.wait_for_writer(kDrainInterval);
    std::array<epoll_event, 8> events;
    const int count = ::epoll_wait(events_.get(), events.data(), static_cast<int>(events.size()),
                                   static_cast<int>(kDrainInterval.count()));
    if (count < 0 && errno != EINTR) reason_ = std::string("cannot wait: ") + std::strerror(errno);
    for (int i = 0; i < count; ++i) {
        const int descriptor = events[static_cast<std::size_t>(i)].data.fd;
        if (descriptor == writer_stopped_.get()) reason_ = "writer stopped";
        if (descriptor == wall_clock_.get()) on_wall_clock();
    }
}

void Recording::on_wall_clock() {
    std::uint64_t expirations = 0;
    if (::read(wall_clock_.get(), &expirations, sizeof(expirations)) < 0 && errno == ECANCELED)
        queue_.push(read_clocks());
}

void Recording::on_signals() {
    signalfd_siginfo info{};
    while (::read(signals_.get(), &info, sizeof(info)) == sizeof(info))
        on_signal(info);
}

void Recording::on_signal(const signalfd_siginfo& info) {
    if (info.ssi_signo == SIGCHLD) {
        if (command_ && command_->has_exited()) reason_ = "command exited";
        return;
    }
    // The first signal is the command's, and its exit ends the recording; the second is ours. What
    // comes from the terminal's keyboard (SI_KERNEL) the command got as well.
    if (command_ && ++signals_taken_ == 1) {
        if (info.ssi_code != SI_KERNEL) ::kill(command_->pid(), static_cast<int>(info.ssi_signo));
        return;
    }
    reason_ = "interrupted";
}

void Recording::on_tick(SteadyClock::time_point now) {
    if (block_ticker_.is_due(now)) intake_.hand_over_block();
    if (stats_ticker_.is_due(now)) push_stats();
    if (clock_ticker_.is_due(now)) queue_.push(read_clocks());
    if (cgroup_ticker_.is_due(now)) {
        for (const std::string& notice : programs_.renew_cgroups())
            callbacks_.on_notice(notice);
    }
    if (now >= deadline_ && reason_.empty()) reason_ = "duration";
}

// Behind the records of before, so that a reader need not wait for any of them.
void Recording::push_stats() {
    intake_.drain();
    intake_.hand_over_block();
    queue_.push(intake_.read_stats());
}

void Recording::note_running_command() {
    if (!command_ || command_->exit_status() || command_->has_exited()) return;
    callbacks_.on_notice("the command goes on, not recorded, as pid " +
                         std::to_string(command_->pid()));
}

// The reader of the output may take no more, and the writer wait for it for ever. What came up to
// here asked for the end that is under way.
void Recording::let_signals_end_it() {
    signalfd_siginfo info{};
    while (::read(signals_.get(), &info, sizeof(info)) == sizeof(info)) {
    }
    ::sigprocmask(SIG_UNBLOCK, &taken_signals_, nullptr);
}

Result<Summary> Recording::finish(SteadyClock::time_point started) {
    programs_.stop();
    programs_.detach();
    if (may_wait_for_reader(options_)) let_signals_end_it();
    intake_.finish();
    queue_.push(read_clocks());

    Summary summary;
    summary.reason = reason_;
    summary.stats = intake_.read_stats();
    const Result<void> ended = writer_.end(reason_, summary.stats);
    note_running_command();
    if (!ended) return ended.error();
    if (segments_.is_full()) summary.reason = kMaxSizeCause;
    summary.stats = segments_.complete(std::move(summary.stats));
    summary.processes = intake_.processes();
    summary.io_uring_processes = intake_.io_uring_processes();
    summary.seconds = std::chrono::duration<double>(SteadyClock::now() - started).count();
    summary.capture_size = segments_.bytes_written();
    summary.segments = segments_.count();
    summary.removed_segments = segments_.removed();
    summary.last_digest = segments_.last_digest();
    if (command_) summary.command_status = command_->exit_status();
    return summary;
}

// What never told of anything is discarded, and not in the way of the next try.
Result<Summary> confine_and_run(BpfPrograms& programs, Segments& segments, ChildCommand* command,
                                const Options& options, const Callbacks& callbacks,
                                const sigset_t& signals) {
    yield_to_the_recorded();
    // Before there are threads: each has capabilities of its own.
    const Result<void> dropped =
        drop_privileges({.other_processes = true,
                         .command = command != nullptr,
                         .output = gets_a_name(options) ? options.output : ""});
    if (!dropped) {
        segments.discard();
        return dropped.error();
    }
    callbacks.on_unprivileged();
    Result<Summary> summary =
        Recording(programs, segments, command, options, callbacks, signals).run();
    if (command && !command->was_released()) segments.discard();
    return summary;
}

}  // namespace

Result<Summary> record(const Options& options, const Callbacks& callbacks) {
    if (Result<void> host = check_host(); !host) return host.error();
    if (Result<void> pids = check_processes(options); !pids) return pids.error();
    const sigset_t signals = taken_signals();
    sigset_t signals_before;
    ::sigprocmask(SIG_BLOCK, &signals, &signals_before);

    std::optional<ChildCommand> command;
    if (!options.command.empty()) {
        Result<ChildCommand> forked =
            ChildCommand::fork(options.command, options.command_writes_to_errors, signals_before);
        if (!forked) return forked.error();
        command.emplace(std::move(*forked));
    }
    const auto command_pid = command ? static_cast<std::uint32_t>(command->pid()) : 0;
    Result<std::unique_ptr<BpfPrograms>> programs = BpfPrograms::load(options, command_pid);
    if (!programs) return programs.error();
    // Before the output exists: what fails up to here leaves nothing behind.
    if (Result<void> attached = (*programs)->attach(); !attached) return attached.error();
    if (options.rotation.rotates()) {
        if (Result<void> free = check_no_segments(options.output); !free) return free.error();
    }
    Result<format::Header> header = describe_host(options.command_line);
    if (!header) return header.error();
    SegmentFiles files(options.output, options.rotation.rotates(), options.overwrite);
    PipeStore pipe(options.live_pipe);
    SegmentStore& store = is_live(options) ? static_cast<SegmentStore&>(pipe) : files;
    Result<std::unique_ptr<Segments>> segments =
        start_segments(store, options, *std::move(header), signals_before);
    if (!segments) return segments.error();
    return confine_and_run(**programs, **segments, command ? &*command : nullptr, options,
                           callbacks, signals);
}

}  // namespace httpprof::record
