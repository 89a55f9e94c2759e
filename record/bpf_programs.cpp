#include "record/bpf_programs.h"

#include <array>
#include <cerrno>
#include <cstdarg>
#include <string>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/perf_event.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bpf/counters.h"
#include "bpf/knobs.h"
#include "bpf/wire.h"
#include "format/descriptor.h"
#include "httpprof.skel.h"
#include "record/descendants.h"
#include "record/filters.h"
#include "record/hooks.h"
#include "record/selected_cgroups.h"
#include "record/tracefs.h"

namespace httpprof::record {
namespace {

struct SkeletonDeleter {
    void operator()(httpprof_bpf* skeleton) const { httpprof_bpf__destroy(skeleton); }
};
struct LinkDeleter {
    void operator()(bpf_link* link) const { bpf_link__destroy(link); }
};

// libbpf talks to stderr; an error of ours is one line.
int discard_message(libbpf_print_level, const char*, va_list) {
    return 0;
}

constexpr std::size_t kLargestRecord =
    sizeof(wire_process) + WIRE_ARGUMENTS_MAX + WIRE_ENVIRONMENT_MAX + WIRE_CGROUP_MAX;
static_assert(kLargestRecord > sizeof(wire_data) + WIRE_PAYLOAD_MAX);
static_assert(kLargestRecord + BPF_RINGBUF_HDR_SZ <= kRingForAnyRecord);

const std::string kByCopy = "_by_copy";

struct CounterName {
    counter slot;
    const char* cause;
};
constexpr std::array kLost{
    CounterName{COUNTER_LOST_RING_FULL, "ring-full"},
    CounterName{COUNTER_LOST_STATE_TABLE_FULL, "state-table-full"},
    CounterName{COUNTER_LOST_MISPLACED, "misplaced"},
};
constexpr std::array kLeftOut{
    CounterName{COUNTER_LEFT_OUT_NOT_HTTP, "not-http"},
    CounterName{COUNTER_LEFT_OUT_OTHER_PORT, "other-port"},
    CounterName{COUNTER_LEFT_OUT_NOT_CONSUMED, "not-consumed"},
    CounterName{COUNTER_LEFT_OUT_MPTCP, "mptcp"},
    CounterName{COUNTER_LEFT_OUT_KERNEL_TLS, "kernel-tls"},
    CounterName{COUNTER_LEFT_OUT_ENVIRONMENT_UNREADABLE, "environment-unreadable"},
    CounterName{COUNTER_LEFT_OUT_IO_URING, "io-uring"},
};

void add(counter_value& sum, const counter_value& value) {
    sum.records += value.records;
    sum.bytes += value.bytes;
}

// The counters of all CPUs, mapped: to read them takes no system call and no privilege.
class MappedCounters {
  public:
    MappedCounters() = default;
    MappedCounters(const MappedCounters&) = delete;
    MappedCounters& operator=(const MappedCounters&) = delete;
    ~MappedCounters() {
        if (cpus_) ::munmap(cpus_, size());
    }

    Result<void> map(int descriptor, std::size_t count) {
        count_ = count;
        void* mapped = ::mmap(nullptr, size(), PROT_READ, MAP_SHARED, descriptor, 0);
        if (mapped == MAP_FAILED) return format::system_error("cannot map the counters", errno);
        cpus_ = static_cast<counters*>(mapped);
        return {};
    }
    counter_value sum(counter slot) const {
        counter_value sum{};
        for (std::size_t cpu = 0; cpu < count_; ++cpu)
            add(sum, cpus_[cpu].slots[slot]);
        return sum;
    }

  private:
    std::size_t size() const { return count_ * sizeof(counters); }

    counters* cpus_ = nullptr;
    std::size_t count_ = 0;
};

class LoadedPrograms : public BpfPrograms {
  public:
    explicit LoadedPrograms(httpprof_bpf* skeleton) : skeleton_(skeleton) {}

    Result<void> configure(const Options& options);
    Result<void> make_rings(std::size_t size);
    Result<void> load_into_kernel();
    Result<void> select(const Options& options, std::uint32_t command_pid);

    Result<void> attach() override;
    void start() override { skeleton_->data->recording = 1; }
    void stop() override;
    void detach() override { links_.clear(); }
    std::vector<int> ring_descriptors() const override { return rings_->descriptors(); }
    Rings& rings() override { return *rings_; }
    std::vector<std::string> renew_cgroups() override { return cgroups_.renew(); }
    format::Stats read_counters() const override;

  private:
    void choose_variants();
    bpf_program* program_of(const Hook& hook);
    Result<void> select_process(std::uint32_t pid, bool is_followed);
    Result<void> select_descendants();
    Result<void> attach_hook(const Hook& hook, const Tracefs& tracefs);
    Result<void> attach_tracepoint(const Hook& hook, const bpf_program& program,
                                   const Tracefs& tracefs);
    Result<void> add_link(const Hook& hook, bpf_link* link);
    std::uint64_t skipped_runs() const;
    void read_counters(std::vector<format::Counter>& into, const auto& names) const;

    std::unique_ptr<httpprof_bpf, SkeletonDeleter> skeleton_;
    std::unique_ptr<Rings> rings_;
    MappedCounters counters_;
    SelectedCgroups cgroups_;
    std::vector<std::unique_ptr<bpf_link, LinkDeleter>> links_;
    bool has_stopped_ = false;
    std::vector<std::uint32_t> followed_;  // processes whose descendants are to be selected
};

std::uint32_t cpu_count() {
    return static_cast<std::uint32_t>(libbpf_num_possible_cpus());
}

// Whether the kernel has a function that BPF programs can call.
bool has_kernel_function(const char* name) {
    btf* types = btf__load_vmlinux_btf();
    const bool found = types != nullptr && btf__find_by_name_kind(types, name, BTF_KIND_FUNC) > 0;
    btf__free(types);
    return found;
}

// Some programs come in two variants, NAME for the kernels that can run it and NAME_by_copy for
// all.
void LoadedPrograms::choose_variants() {
    const bool has_cast = has_kernel_function("bpf_rdonly_cast");
    for (bpf_program* program = nullptr;
         (program = bpf_object__next_program(skeleton_->obj, program));) {
        const std::string name = bpf_program__name(program);
        const std::string other = name + kByCopy;
        if (name.ends_with(kByCopy)) {
            bpf_program__set_autoload(program, !has_cast);
        } else if (bpf_object__find_program_by_name(skeleton_->obj, other.c_str())) {
            bpf_program__set_autoload(program, has_cast);
        }
    }
}

// The variant of a hook's program that was loaded.
bpf_program* LoadedPrograms::program_of(const Hook& hook) {
    bpf_program* program = bpf_object__find_program_by_name(skeleton_->obj, hook.program);
    if (program && bpf_program__autoload(program)) return program;
    return bpf_object__find_program_by_name(skeleton_->obj, (hook.program + kByCopy).c_str());
}

Result<void> LoadedPrograms::configure(const Options& options) {
    const Result<knobs> made = make_knobs(options);
    if (!made) return made.error();
    choose_variants();
    skeleton_->rodata->knobs = *made;
    if (const int error = bpf_map__set_max_entries(skeleton_->maps.counters, cpu_count()))
        return format::system_error("cannot make a counter for each CPU", -error);
    return make_rings(options.ring_size);
}

Result<void> LoadedPrograms::make_rings(std::size_t size) {
    const auto cpus = static_cast<std::size_t>(::sysconf(_SC_NPROCESSORS_ONLN));
    const std::size_t count = count_rings(size, cpus);
    auto rings = Rings::make(count, size, kLargestRecord);
    if (!rings) return rings.error();
    rings_ = *std::move(rings);
    skeleton_->rodata->knobs.ring_mask = static_cast<std::uint32_t>(count - 1);
    // The map of maps is made for maps like this one.
    if (const int error =
            bpf_map__set_inner_map_fd(skeleton_->maps.rings, rings_->descriptors()[0]))
        return format::system_error("cannot set the kind of the ring buffers", -error);
    return {};
}

Result<void> LoadedPrograms::load_into_kernel() {
    if (const int error = httpprof_bpf__load(skeleton_.get()))
        return format::system_error("cannot load BPF programs", -error);
    bpf_test_run_opts nothing{};
    nothing.sz = sizeof(nothing);
    const int note_recorder = bpf_program__fd(skeleton_->progs.note_recorder);
    if (bpf_prog_test_run_opts(note_recorder, &nothing) != 0)  // Linux 5.10 for this kind
        return format::system_error("cannot run a BPF program", errno);
    std::uint32_t index = 0;
    for (const int ring : rings_->descriptors()) {
        if (bpf_map_update_elem(bpf_map__fd(skeleton_->maps.rings), &index, &ring, BPF_ANY) != 0)
            return format::system_error("cannot hand a ring buffer to BPF programs", errno);
        ++index;
    }
    return counters_.map(bpf_map__fd(skeleton_->maps.counters), cpu_count());
}

Result<void> LoadedPrograms::select_process(std::uint32_t pid, bool is_followed) {
    const auto value = static_cast<std::uint8_t>(is_followed);
    if (bpf_map_update_elem(bpf_map__fd(skeleton_->maps.selected), &pid, &value, BPF_ANY) != 0)
        return format::system_error("cannot select process " + std::to_string(pid), errno);
    return {};
}

// Children of processes that are selected are seen by process_fork, of others by looking again,
// until there is nothing new.
Result<void> LoadedPrograms::select_descendants() {
    const int map = bpf_map__fd(skeleton_->maps.selected);
    const auto is_selected = [map](std::uint32_t pid) {
        std::uint8_t value = 0;
        return bpf_map_lookup_elem(map, &pid, &value) == 0;
    };
    for (bool found_new = true; found_new;) {
        found_new = false;
        for (const std::uint32_t pid : descendants_of(followed_)) {
            if (is_selected(pid)) continue;
            found_new = true;
            if (Result<void> selected = select_process(pid, true); !selected) return selected;
        }
    }
    return {};
}

Result<void> LoadedPrograms::select(const Options& options, std::uint32_t command_pid) {
    for (const std::uint32_t pid : options.pids) {
        if (Result<void> selected = select_process(pid, options.follow); !selected) return selected;
    }
    if (options.follow) followed_ = options.pids;
    if (command_pid != 0) {
        if (Result<void> selected = select_process(command_pid, true); !selected) return selected;
    }
    return cgroups_.select(bpf_map__fd(skeleton_->maps.cgroups), options.cgroups);
}

Result<void> LoadedPrograms::add_link(const Hook& hook, bpf_link* link) {
    if (!link)
        return format::system_error(
            std::string("cannot attach a BPF program to the tracepoint ") + hook.tracepoint, errno);
    links_.emplace_back(link);
    return {};
}

// Not libbpf's bpf_program__attach_tracepoint: it needs a mounted tracefs.
Result<void> LoadedPrograms::attach_tracepoint(const Hook& hook, const bpf_program& program,
                                               const Tracefs& tracefs) {
    const Result<std::uint64_t> id = tracefs.tracepoint_id(hook.tracepoint);
    if (!id) return hook.required ? Result<void>(id.error()) : Result<void>();
    perf_event_attr attributes{};
    attributes.size = sizeof(attributes);
    attributes.type = PERF_TYPE_TRACEPOINT;
    attributes.config = *id;
    format::Descriptor event(static_cast<int>(
        ::syscall(SYS_perf_event_open, &attributes, -1, 0, -1, PERF_FLAG_FD_CLOEXEC)));
    if (!event.open())
        return format::system_error(std::string("cannot open the tracepoint ") + hook.tracepoint,
                                    errno);
    bpf_perf_event_opts options{};
    options.sz = sizeof(options);
    options.bpf_cookie = hook.cookie;
    Result<void> result =
        add_link(hook, bpf_program__attach_perf_event_opts(&program, event.get(), &options));
    if (result) event.release();  // the link closes it
    return result;
}

Result<void> LoadedPrograms::attach_hook(const Hook& hook, const Tracefs& tracefs) {
    const bpf_program* program = program_of(hook);
    if (!program) return Error{std::string("there is no BPF program ") + hook.program};
    if (hook.is_in_tracefs()) return attach_tracepoint(hook, *program, tracefs);
    return add_link(hook, bpf_program__attach_raw_tracepoint(program, hook.tracepoint));
}

Result<void> LoadedPrograms::attach() {
    const Result<Tracefs> tracefs = Tracefs::open();
    if (!tracefs) return tracefs.error();
    for (const Hook& hook : all_hooks()) {
        if (Result<void> attached = attach_hook(hook, *tracefs); !attached) return attached;
    }
    return select_descendants();
}

void LoadedPrograms::stop() {
    skeleton_->data->recording = 0;
    has_stopped_ = true;
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
        counter_value value = counters_.sum(name.slot);
        // What is held back by then never became the start of a message.
        if (has_stopped_ && name.slot == COUNTER_LEFT_OUT_NOT_HTTP)
            add(value, counters_.sum(COUNTER_HELD));
        if (value.records > 0) into.push_back({name.cause, value.records, value.bytes});
    }
}

format::Stats LoadedPrograms::read_counters() const {
    format::Stats stats;
    stats.produced = counters_.sum(COUNTER_PRODUCED).records;
    read_counters(stats.lost, kLost);
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
    if (Result<void> done = programs->configure(options); !done) return done.error();
    if (Result<void> done = programs->load_into_kernel(); !done) return done.error();
    if (Result<void> done = programs->select(options, command_pid); !done) return done.error();
    return std::unique_ptr<BpfPrograms>(std::move(programs));
}

}  // namespace httpprof::record
