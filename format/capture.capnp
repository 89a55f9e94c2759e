# The payload of a frame of a capture file: one message of one of these structs, by frame type.
# The normative text around it is README.md.
#
# Bytes that come from processes or the host may be anything and are Data, never Text.
# Times are CLOCK_BOOTTIME nanoseconds unless a name says otherwise.

@0xd3a1c0f27be94f15;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("httpprof::format::schema");

struct Header {
  host @0 :Data;                # nodename
  kernel @1 :Data;              # release and version
  machine @2 :Data;             # x86_64, aarch64
  bootId @3 :Data;              # 16 bytes, random per boot
  captureId @4 :Data;           # 16 bytes, random per capture; all segments have the same
  segment @5 :UInt32;           # 0 for the first
  previousSegment @6 :Data;     # last digest of the segment before; empty in the first
  writer @7 :Data;              # "httpprof 0.1.0"
  wireVersion @8 :UInt32;       # of bpf/wire.h
  options @9 :List(Data);       # the command line of the recording
  recipients @10 :List(Recipient);  # who can read an encrypted capture; empty: not encrypted
  derivation @11 :List(Data);   # the command line that made this out of other captures
}

struct Recipient {
  publicKey @0 :Data;           # X25519, 32 bytes
  sealedKey @1 :Data;           # the file key in a sealed box for that key, 80 bytes
}

struct Records {
  # Ring-buffer records, each as the kernel wrote it.
  records @0 :List(Data);
  # Or, in its place, the same in columns, which compress better: see README.md.
  wordCounts @1 :Data;
  references @2 :Data;
  words @3 :Data;
  payloads @4 :Data;
}

struct Snapshot {
  # What user space read about a process, when the kernel's own record left something open.
  timeNs @0 :UInt64;
  pid @1 :UInt32;
  startNs @2 :UInt64;
  executable @3 :Data;          # target of /proc/PID/exe; empty when it could not be read
  arguments @4 :Data;           # as in /proc/PID/cmdline; empty unless read
  environment @5 :Data;         # as in /proc/PID/environ; empty unless read
  hasArguments @6 :Bool;        # arguments was read, though it may be empty
  hasEnvironment @7 :Bool;      # environment was read, though it may be empty
  error @8 :Data;               # why something was not read; empty when nothing failed
  execId @9 :UInt64;            # that of the process record (bpf/wire.h) that this completes
  cgroups @10 :Data;            # as in /proc/PID/cgroup; empty when it could not be read
  environmentKept @11 :UInt8;   # what was left out on purpose: enum wire_environment of bpf/wire.h
}

struct Counter {
  cause @0 :Data;               # a stable name: "ring-full"
  records @1 :UInt64;
  bytes @2 :UInt64;
}

struct Stats {
  # Cumulative since the start of the segment. produced = recorded + the sum of lost.records.
  timeNs @0 :UInt64;
  produced @1 :UInt64;          # records the kernel programs tried to write
  recorded @2 :UInt64;          # records in the file up to this frame
  recordedBytes @3 :UInt64;     # the size of those records, their headers included
  lost @4 :List(Counter);       # records that are not in the file, by cause
  missing @5 :List(Counter);    # bytes that a record in the file stands for but does not carry
  leftOut @6 :List(Counter);    # calls that were seen and not wanted, by reason
}

struct Clock {
  # Two clocks read together. Wall time = boottime + (realtimeNs - boottimeNs).
  boottimeNs @0 :UInt64;
  realtimeNs @1 :Int64;         # CLOCK_REALTIME, nanoseconds since 1970-01-01T00:00:00Z
}

struct IndexEntry {
  offset @0 :UInt64;            # of the frame's first byte in the file
  type @1 :UInt8;
  recordCount @2 :UInt32;
  firstTimeNs @3 :UInt64;
  lastTimeNs @4 :UInt64;
}

struct Totals {
  # Of all frames before the End.
  frames @0 :UInt64;
  rawBytes @1 :UInt64;          # of their payloads, decompressed
  connections @2 :UInt64;
  processes @3 :UInt64;
  firstTimeNs @4 :UInt64;       # of all records; both 0 when there is none
  lastTimeNs @5 :UInt64;
}

struct Source {
  # A capture that this one was made of.
  captureId @0 :Data;           # 16 bytes
  segment @1 :UInt32;
  lastDigest @2 :Data;          # 32 bytes: of the last frame that was read of it
}

struct End {
  reason @0 :Data;              # "interrupted", "duration", "command exited", ...
  stats @1 :Stats;              # final
  index @2 :List(IndexEntry);   # every frame before this one, in order
  totals @3 :Totals;            # absent in captures of version 1.0
  sources @4 :List(Source);     # empty for a recording
  changes @5 :List(Counter);    # what was left out or changed on the way from the sources
}

struct Signature {
  publicKey @0 :Data;           # Ed25519, 32 bytes
  signature @1 :Data;           # 64 bytes
}
