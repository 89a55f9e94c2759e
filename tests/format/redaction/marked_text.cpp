#include "tests/format/redaction/marked_text.h"

namespace httpprof::test {

MarkedText::MarkedText(std::string_view marked) {
    bool is_secret = false;
    bool is_optional = false;
    while (!marked.empty()) {
        const auto take_mark = [&](std::string_view mark, bool& flag, bool value) {
            if (!marked.starts_with(mark)) return false;
            marked.remove_prefix(mark.size());
            flag = value;
            return true;
        };
        if (take_mark("«", is_secret, true) || take_mark("»", is_secret, false) ||
            take_mark("‹", is_optional, true) || take_mark("›", is_optional, false)) {
            continue;
        }
        text += marked.front();
        redacted += is_secret ? 'X' : marked.front();
        optional += is_optional ? 'o' : '.';
        marked.remove_prefix(1);
    }
}

}  // namespace httpprof::test
