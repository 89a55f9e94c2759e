#include "format/edit/sources.h"

#include <algorithm>
#include <map>
#include <utility>

#include "format/bytes.h"
#include "format/digest.h"
#include "format/edit/derived_capture.h"
#include "format/edit/source_reader.h"

namespace httpprof::format {
namespace {

Result<SourceFile> examine(const std::string& path) {
    if (is_read_once(path)) {
        const std::string name =
            path == "-" ? "standard input" : path + ", which can be read once only,";
        return Error{name + " cannot be one of several captures"};
    }
    auto reader = SourceReader::open(path, {.jobs = 1, .key = nullptr, .pass_encrypted = true});
    if (!reader) return reader.error();
    const auto& header = (*reader)->header();
    if (!header || header->boot_id == DerivedCapture::unknown_header().boot_id)
        return Error{path +
                     " does not say what it is a part of, since its Header was damaged; "
                     "it can only be read on its own"};
    return SourceFile{.path = path, .header = *header};
}

Result<void> check_boots(const std::vector<SourceFile>& files) {
    for (const SourceFile& file : files) {
        if (file.header.boot_id != files.front().header.boot_id)
            return Error{files.front().path + " and " + file.path +
                         " are not of the same boot of one host: their times cannot be compared"};
    }
    return {};
}

// What was sliced or merged before may be in several parts of the same number.
Result<void> check_is_named_once(const std::vector<SourceFile>& files) {
    std::map<std::pair<std::string, std::uint32_t>, const SourceFile*> known;
    for (const SourceFile& file : files) {
        if (!file.header.derivation.empty()) continue;
        const auto [same, is_new] =
            known.emplace(std::pair(file.header.capture_id, file.header.segment), &file);
        if (!is_new)
            return Error{same->second->path + " and " + file.path + " are both segment " +
                         std::to_string(file.header.segment) + " of one recording"};
    }
    return {};
}

}  // namespace

Result<SourceFiles> examine_sources(const std::vector<std::string>& paths, Repeats repeats) {
    SegmentOrder order = in_segment_order(paths, repeats);
    SourceFiles sources{
        .files = {}, .missing = std::move(order.missing), .notes = std::move(order.notes)};
    for (const std::string& path : order.paths) {
        auto file = examine(path);
        if (!file) return file.error();
        sources.files.push_back(*std::move(file));
    }
    if (auto checked = check_boots(sources.files); !checked) return checked.error();
    if (auto checked = check_is_named_once(sources.files); !checked) return checked.error();
    return sources;
}

bool are_of_one_recording(const std::vector<SourceFile>& files) {
    return std::ranges::all_of(files, [&](const SourceFile& file) {
        return file.header.capture_id == files.front().header.capture_id;
    });
}

Header combined_header(const std::vector<SourceFile>& files) {
    Header header = files.front().header;
    header.segment = 0;
    header.previous_segment.clear();
    if (are_of_one_recording(files)) return header;
    std::vector<std::byte> ids;
    for (const SourceFile& file : files) {
        const auto id = std::as_bytes(std::span(file.header.capture_id));
        ids.insert(ids.end(), id.begin(), id.end());
        std::array<std::byte, 4> segment;
        store_little_endian(segment.data(), file.header.segment);
        ids.insert(ids.end(), segment.begin(), segment.end());
    }
    const Digest digest = digest_of(ids);
    header.capture_id.assign(digest.begin(), digest.begin() + kIdSize);
    return header;
}

}  // namespace httpprof::format
