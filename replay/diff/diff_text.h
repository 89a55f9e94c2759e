// A comparison for people, in the manner of a unified diff:
//
//     --- a.httpprof
//     +++ b.httpprof
//     @@ GET /items, curl (client), 1.1 | 2.1 @@
//     response status_code
//     -200
//     +500
//     @@ GET /more, curl (client), 1.2 | - @@
//     -200 OK
//
// Values are JSON; of long ones the part around their first difference is shown.
#pragma once

#include <string>

#include "replay/diff/comparison.h"

namespace httpprof::replay {

// Nothing when there are no differences. Control characters are escaped.
std::string diff_text(const Comparison& comparison, const std::string& name_a,
                      const std::string& name_b);

}  // namespace httpprof::replay
