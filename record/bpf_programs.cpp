#include "record/bpf_programs.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <string>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bpf/counters.h"
#include "bpf/knobs.h"
#include "bpf/wire.h"
#include "format/descriptor.h"
#include "httpprof.skel.h"
#include "record/tracefs.h"

namespace httpprof::record {
namespace {

struct SkeletonDeleter {
    void operator()(httpprof_bpf* skeleton) const { httpprof_bpf__destroy(skeleton); }
};
struct RingDeleter {
    void operator()(ring_buffer* ring) const { ring_buffer__free(ring); }
};
struct LinkDeleter {
    void operator()(bpf_link* link) const { bpf_link__destroy(link); }
};

// libbpf talks to stderr; an error of ours is one line.
int discard_message(libbpf_print_level, const char*, va_list) {
    return 0;
}

struct CounterName {
    counter slot;
    const char* cause;
};
constexpr std::array kLost{
    CounterName{COUNTER_LOST_RING_FULL, "ring-full"},
    CounterName{COUNTER_LOST_STATE_TABLE_FULL, "state-table-full"},
};
constexpr std::array kMissing{
    CounterName{COUNTER_MISSING_SNAPLEN, "snaplen"},
    CounterName{COUNTER_MISSING_UNREADABLE, "unreadable"},
    CounterName{COUNTER_MISSING_SENDFILE, "sendfile"},
    CounterName{COUNTER_MISSING_DISCARDED, "discarded"},
};
constexpr std::array kLeftOut{
    CounterName{COUNTER_LEFT_OUT_NOT_HTTP, "not-http"},
    CounterName{COUNTER_LEFT_OUT_OTHER_PORT, "other-port"},
    CounterName{COUNTER_LEFT_OUT_NOT_CONSUMED, "not-consumed"},
};

void add(counter_value& sum, const counter_value& value) {
    sum.records += value.records;
    sum.bytes += value.bytes;
}

class LoadedPrograms : public BpfPrograms {
  public:
    explicit LoadedPrograms(httpprof_bpf* skeleton) : skeleton_(skeleton) {}

    Result<void> configure(const Options& options, std::uint32_t command_pid);
    Result<void> load_into_kernel();
    Result<void> select(const std::vector<std::uint32_t>& pids, std::uint32_t command_pid);

    Result<void> attach() override;
    void detach() override { links_.clear(); }
    int ring_descriptor() const override { return ring_buffer__epoll_fd(ring_.get()); }
    std::size_t consume(RecordHandler handler, void* context, std::size_t limit) override;
    format::Stats read_counters() const override;

  private:
    static int on_sample(void* self, void* data, std::size_t size);
    Result<void> attach_program(const bpf_program& program, const Tracefs& tracefs);
    Result<void> attach_tracepoint(const bpf_program& program, const Tracefs& tracefs,
                                   const std::string& name);
    Result<void> add_link(const bpf_program& program, bpf_link* link);
    counter_value read_counter(counter slot) const;
    std::uint64_t skipped_runs() const;
    void read_counters(std::vector<format::Counter>& into, const auto& names) const;

    std::unique_ptr<httpprof_bpf, SkeletonDeleter> skeleton_;
    std::unique_ptr<ring_buffer, RingDeleter> ring_;
    std::vector<std::unique_ptr<bpf_link, LinkDeleter>> links_;
    RecordHandler handler_ = nullptr;
    void* context_ = nullptr;
    std::size_t consumed_ = 0;
    std::size_t limit_ = 0;
};

Result<void> LoadedPrograms::configure(const Options& options, std::uint32_t command_pid) {
    knobs& knobs = skeleton_->rodata->knobs;
    knobs.recorder_pid = static_cast<std::uint32_t>(::getpid());
    knobs.snaplen = options.snaplen;
    if (options.ports.size() > KNOB_PORTS_MAX)
        return Error{"too many ports: at most " + std::to_string(KNOB_PORTS_MAX)};
    knobs.port_count = static_cast<std::uint32_t>(options.ports.size());
    std::copy(options.ports.begin(), options.ports.end(), knobs.ports);
    knobs.selected_only = !options.pids.empty() || command_pid != 0;
    knobs.follow_forks = command_pid != 0;
    if (const int error = bpf_map__set_max_entries(skeleton_->maps.ring, options.ring_size))
        return format::system_error("cannot set the ring size", -error);
    return {};
}

Result<void> LoadedPrograms::load_into_kernel() {
    if (const int error = httpprof_bpf__load(skeleton_.get()))
        return format::system_error("cannot load BPF programs", -error);
    ring_.reset(ring_buffer__new(bpf_map__fd(skeleton_->maps.ring), on_sample, this, nullptr));
    if (!ring_) return format::system_error("cannot map the ring buffer", errno);
    return {};
}

Result<void> LoadedPrograms::select(const std::vector<std::uint32_t>& pids,
                                    std::uint32_t command_pid) {
    std::vector<std::uint32_t> all = pids;
    if (command_pid != 0) all.push_back(command_pid);
    const std::uint8_t yes = 1;
    for (const std::uint32_t pid : all) {
        if (bpf_map_update_elem(bpf_map__fd(skeleton_->maps.selected), &pid, &yes, BPF_ANY) != 0)
            return format::system_error("cannot select process " + std::to_string(pid), errno);
    }
    return {};
}

Result<void> LoadedPrograms::add_link(const bpf_program& program, bpf_link* link) {
    if (!link)
        return format::system_error(
            std::string("cannot attach the BPF program ") + bpf_program__name(&program), errno);
    links_.emplace_back(link);
    return {};
}

// Not libbpf's bpf_program__attach_tracepoint: it needs a mounted tracefs.
Result<void> LoadedPrograms::attach_tracepoint(const bpf_program& program, const Tracefs& tracefs,
                                               const std::string& name) {
    const Result<std::uint64_t> id = tracefs.tracepoint_id(name);
    if (!id) return id.error();
    perf_event_attr attributes{};
    attributes.size = sizeof(attributes);
    attributes.type = PERF_TYPE_TRACEPOINT;
    attributes.config = *id;
    format::Descriptor event(static_cast<int>(
        ::syscall(SYS_perf_event_open, &attributes, -1, 0, -1, PERF_FLAG_FD_CLOEXEC)));
    if (!event.open()) return format::system_error("cannot open the tracepoint " + name, errno);
    Result<void> result = add_link(program, bpf_program__attach_perf_event(&program, event.get()));
    if (result) event.release();  // the link closes it
    return result;
}

Result<void> LoadedPrograms::attach_program(const bpf_program& program, const Tracefs& tracefs) {
    const std::string section = bpf_program__section_name(&program);
    constexpr std::string_view kTracepoint = "tracepoint/";
    if (section.starts_with(kTracepoint))
        return attach_tracepoint(program, tracefs, section.substr(kTracepoint.size()));
    return add_link(program, bpf_program__attach(&program));
}

Result<void> LoadedPrograms::attach() {
    const Result<Tracefs> tracefs = Tracefs::open();
    if (!tracefs) return tracefs.error();
    const bpf_program* program = nullptr;
    while (
        (program = bpf_object__next_program(skeleton_->obj, const_cast<bpf_program*>(program)))) {
        if (Result<void> attached = attach_program(*program, *tracefs); !attached) return attached;
    }
    return {};
}

int LoadedPrograms::on_sample(void* self, void* data, std::size_t size) {
    auto* programs = static_cast<LoadedPrograms*>(self);
    // A record is reserved with room to spare; its header says where it ends.
    const auto* header = static_cast<const wire_header*>(data);
    const std::size_t used = std::min<std::size_t>(header->size, size);
    programs->handler_(programs->context_, {static_cast<const char*>(data), used});
    ++programs->consumed_;
    return programs->consumed_ < programs->limit_ ? 0 : -ECANCELED;
}

std::size_t LoadedPrograms::consume(RecordHandler handler, void* context, std::size_t limit) {
    handler_ = handler;
    context_ = context;
    consumed_ = 0;
    limit_ = limit;
    ring_buffer__consume(ring_.get());
    return consumed_;
}

counter_value LoadedPrograms::read_counter(counter slot) const {
    std::vector<counter_value> per_cpu(static_cast<std::size_t>(libbpf_num_possible_cpus()));
    const std::uint32_t key = slot;
    counter_value sum{};
    if (bpf_map_lookup_elem(bpf_map__fd(skeleton_->maps.counters), &key, per_cpu.data()) == 0) {
        for (const counter_value& value : per_cpu)
            add(sum, value);
    }
    return sum;
}

// Calls that the kernel did not hand to a program because another was running on that CPU.
std::uint64_t LoadedPrograms::skipped_runs() const {
    std::uint64_t sum = 0;
    const bpf_program* program = nullptr;
    while (
        (program = bpf_object__next_program(skeleton_->obj, const_cast<bpf_program*>(program)))) {
        bpf_prog_info info{};
        std::uint32_t size = sizeof(info);
        if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size) == 0)
            sum += info.recursion_misses;
    }
    return sum;
}

void LoadedPrograms::read_counters(std::vector<format::Counter>& into, const auto& names) const {
    for (const CounterName& name : names) {
        const counter_value value = read_counter(name.slot);
        if (value.records > 0) into.push_back({name.cause, value.records, value.bytes});
    }
}

format::Stats LoadedPrograms::read_counters() const {
    format::Stats stats;
    stats.produced = read_counter(COUNTER_PRODUCED).records;
    read_counters(stats.lost, kLost);
    read_counters(stats.missing, kMissing);
    read_counters(stats.left_out, kLeftOut);
    if (const std::uint64_t skipped = skipped_runs(); skipped > 0) {
        stats.produced += skipped;
        stats.lost.push_back({"program-skipped", skipped, 0});
    }
    return stats;
}

}  // namespace

Result<std::unique_ptr<BpfPrograms>> BpfPrograms::load(const Options& options,
                                                       std::uint32_t command_pid) {
    libbpf_set_print(discard_message);
    httpprof_bpf* skeleton = httpprof_bpf__open();
    if (!skeleton) return format::system_error("cannot open the BPF programs", errno);
    auto programs = std::make_unique<LoadedPrograms>(skeleton);
    if (Result<void> done = programs->configure(options, command_pid); !done) return done.error();
    if (Result<void> done = programs->load_into_kernel(); !done) return done.error();
    if (Result<void> done = programs->select(options.pids, command_pid); !done) return done.error();
    return std::unique_ptr<BpfPrograms>(std::move(programs));
}

}  // namespace httpprof::record
