// A capture as JSON lines, undecoded and without loss: one object for each record, and one for each
// frame of any other type.
//
// Every object begins with
//
//     frame    number of the frame
//     offset   of the frame's first byte in the file
//     type     what it is: the names below
//
// and goes on with the fields that format/README.md has for it, by their names there and in their
// order. Integers are numbers, exact up to 64 bits. Enumerations are the numbers of the wire.
//
//     bytes that are usually text    a string; {"base64": "..."} if they are not UTF-8
//     lists that NULs separate       an array of such, which joined with NULs are the bytes again,
//                                    so that one that ends with a NUL has "" at its end; [] for
//                                    no bytes
//     ids, digests, keys,            a string, lower-case hexadecimal
//     signatures
//     addresses                      a string: dotted quad for IPv4-mapped ones, else RFC 5952
//     payload, header, bytes         a string, base64 (RFC 4648, section 4)
//
// Records: data, process, fin, close, io_uring, malformed. Behind `type` they have
//
//     record        index in the frame, from 0
//     size          of the whole record
//     header_size   of its fixed part
//     time_ns       and all fields of the type. In the place of the payload: `payload` for data;
//                   `arguments`, `environment` and `cgroup`, the lists, for a process. `missing` is
//                   0 where nothing is missing, and comm ends before its first NUL
//     header        only if the fixed part has more than the fields show (reserved bytes that
//                   are not zero, bytes behind the NUL of comm, another header_size than that of
//                   version 1, a `missing` where nothing is missing): the whole of it
//
// So the record is `header`, or the struct of the fields in its place, and behind it the payload. A
// malformed record has, instead, `what` for people, and `bytes`: all of it.
//
// Other frames: header, header_copy, snapshot, stats, clock, end, signature. A struct in a struct
// is an object, a list an array. `arguments` and `environment` of a snapshot are lists that NULs
// separate; `totals` is not there when the file has none.
//
// What cannot be shown:
//
//     encrypted   a frame without the key to it
//     unknown     a frame of an unknown type
//                 Both have frameType, codec, flags, storedSize, rawSize, recordCount, firstTimeNs
//                 and lastTimeNs, as in the frame's header
//     damage      what could not be read, or is not as it should be. Of a frame, `frame` and
//                 `offset` are its own. Else `frame` is the number of the frame that was to
//                 come, and `offset` the place of the bytes that are no frame, of the frame
//                 that came instead, or the end of the file. size: how many bytes were passed
//                 over, 0 where none were (frames that are missing or out of order, a break of
//                 the chain, no End). what: for people
#pragma once

#include "format/frame.h"
#include "format/result.h"
#include "replay/emit/output.h"

namespace httpprof::replay {

Result<void> dump_json(const format::Frame& frame, Output& output);

}  // namespace httpprof::replay
