// Whether frames stand where they belong and their headers say what is in them.
#pragma once

#include <optional>

#include "format/frame.h"
#include "format/verify.h"

namespace httpprof::format {

class StructureCheck {
  public:
    explicit StructureCheck(Verdict& verdict) : verdict_(verdict) {}

    // Every intact frame, in order. The verdict has the minor version, if it is known.
    void add(const Frame& frame);

  private:
    void check_place(const Frame& frame);
    void check_copy(const Frame& frame);
    void check_fields(const Frame& frame);

    Verdict& verdict_;
    std::optional<Header> header_;
    bool has_begun_ = false;  // a frame that is not about the Header was seen
};

}  // namespace httpprof::format
