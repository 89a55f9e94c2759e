#include "replay/diff/comparison.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "format/characters.h"
#include "replay/emit/json_string.h"
#include "replay/emit/text.h"

namespace httpprof::replay {
namespace {

bool is_plain(std::string_view name) {
    constexpr auto kPlain = format::CharacterSet::alphanumeric_and("_-");
    return !name.empty() && std::ranges::all_of(name, [&](char c) { return kPlain.has(c); });
}

void append_member(std::string& path, const std::string& name) {
    if (is_plain(name)) {
        if (!path.empty()) path += '.';
        path += name;
        return;
    }
    path += '[';
    append_json_string(path, name);
    path += ']';
}

std::string path_end(std::string_view path) {
    constexpr std::size_t kMost = Difference::kMostPathSize;
    return excerpt(path, path.size() - std::min(path.size(), kMost), kMost);
}

// Adds the differences of one message.
class MessageComparison {
  public:
    MessageComparison(std::string message, std::vector<Difference>& differences)
        : message_(std::move(message)), differences_(differences) {}

    void compare(const JsonTree* a, const JsonTree* b) {
        const bool are_both_there = a != nullptr && b != nullptr;
        // That with the structure has none of its own.
        is_length_ignored_ = are_both_there && has_structure(*a) != has_structure(*b);
        compare_trees(a, b);
    }

  private:
    static bool has_structure(const JsonTree& message) {
        const JsonTree* body = message.find("body");
        return body != nullptr && body->is_container();
    }

    void compare_trees(const JsonTree* a, const JsonTree* b) {
        if (a == nullptr && b == nullptr) return;
        if (is_length_ignored_ && is_length(a != nullptr ? *a : *b)) return;
        if (a != nullptr && b != nullptr) {
            if (*a == *b) return;
            if (a->kind == b->kind && a->kind == JsonTree::Kind::object) {
                return compare_objects(*a, *b);
            }
            if (a->kind == b->kind && a->kind == JsonTree::Kind::array) {
                return compare_arrays(*a, *b);
            }
        }
        differences_.push_back({message_, path_end(path_), a, b});
    }

    // Or all headers, which are no more than that.
    bool is_length(const JsonTree& tree) const {
        return path_ == "headers.content-length" ||
               (path_ == "headers" && tree.names == std::vector<std::string>{"content-length"});
    }

    // Both have their names sorted.
    void compare_objects(const JsonTree& a, const JsonTree& b) {
        std::vector<std::string> names;
        std::ranges::set_union(a.names, b.names, std::back_inserter(names));
        const std::size_t size = path_.size();
        for (const std::string& name : names) {
            append_member(path_, name);
            compare_trees(a.find(name), b.find(name));
            path_.resize(size);
        }
    }

    void compare_arrays(const JsonTree& a, const JsonTree& b) {
        const auto element = [](const JsonTree& array, std::size_t i) {
            return i < array.elements.size() ? &array.elements[i] : nullptr;
        };
        const std::size_t count = std::max(a.elements.size(), b.elements.size());
        const std::size_t size = path_.size();
        for (std::size_t i = 0; i < count; ++i) {
            path_.append("[").append(std::to_string(i)).append("]");
            compare_trees(element(a, i), element(b, i));
            path_.resize(size);
        }
    }

    std::string message_;
    std::vector<Difference>& differences_;
    std::string path_;  // to what is being compared
    bool is_length_ignored_ = false;
};

// Responses are matched from the last one, the final one, so that an interim one more or less does
// not move the others.
void compare_responses(const std::vector<JsonTree>& a, const std::vector<JsonTree>& b,
                       std::vector<Difference>& differences) {
    const std::size_t size = std::max(a.size(), b.size());
    const auto response = [size](const std::vector<JsonTree>& list, std::size_t i) {
        const std::size_t missing = size - list.size();
        return i < missing ? nullptr : &list[i - missing];
    };
    for (std::size_t i = 0; i < size; ++i) {
        const std::string name =
            i + 1 == size ? "response" : "interim response " + std::to_string(i + 1);
        MessageComparison(name, differences).compare(response(a, i), response(b, i));
    }
}

std::vector<Difference> differences_of(const RecordedExchange& a, const RecordedExchange& b) {
    std::vector<Difference> differences;
    MessageComparison("request", differences)
        .compare(a.request ? &*a.request : nullptr, b.request ? &*b.request : nullptr);
    compare_responses(a.responses, b.responses, differences);
    return differences;
}

}  // namespace

Comparison compare(const ExchangeSet& a, const ExchangeSet& b) {
    Comparison comparison;
    for (const ExchangePair& pair : match(a.exchanges(), b.exchanges())) {
        if (pair.a == nullptr || pair.b == nullptr) {
            ++(pair.b == nullptr ? comparison.only_in_a : comparison.only_in_b);
            comparison.differing.push_back({pair, {}});
            continue;
        }
        std::vector<Difference> differences = differences_of(*pair.a, *pair.b);
        ++(differences.empty() ? comparison.equal : comparison.different);
        if (!differences.empty()) {
            comparison.differing.push_back({pair, std::move(differences)});
        }
    }
    return comparison;
}

}  // namespace httpprof::replay
