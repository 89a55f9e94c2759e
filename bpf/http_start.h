/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * Tells whether bytes start like an HTTP message: a method of the IANA registry and a space,
 * "HTTP/1.", or the HTTP/2 connection preface (whose first word, PRI, is registered too). Blank
 * lines may come before it (RFC 9112, 2.2).
 *
 * So may what a proxy says of the client before it passes on what that says (the PROXY protocol):
 * often in one call with the first request, so that its header counts as a start itself.
 *
 * What else may come first, requests with another method or with other white space, is told by how
 * their first line ends. That takes a look at all of it, which only the first bytes of a direction
 * are worth.
 */
#ifndef HTTPPROF_BPF_HTTP_START_H
#define HTTPPROF_BPF_HTTP_START_H

#include <stdint.h>

#define HTTP_WORD_MAX 18 /* the longest start: "UPDATEREDIRECTREF " */
/* Of CR and LF before it: two lines; some clients send one. More do not fit on the stack, see
 * make_connection. */
#define HTTP_BLANK_MAX 4
#define HTTP_START_MAX (HTTP_BLANK_MAX + HTTP_WORD_MAX)

enum http_start {
    HTTP_START_NO,
    HTTP_START_YES,
    HTTP_START_MORE, /* as far as the bytes go; more are needed to tell */
};

static const char http_starts[][HTTP_WORD_MAX + 1] = {
    "GET ",
    "POST ",
    "HTTP/1.",
    "PUT ",
    "DELETE ",
    "HEAD ",
    "OPTIONS ",
    "PATCH ",
    "CONNECT ",
    "PRI ",
    "TRACE ",
    "ACL ",
    "BIND ",
    "CHECKIN ",
    "CHECKOUT ",
    "COPY ",
    "LABEL ",
    "LINK ",
    "LOCK ",
    "MERGE ",
    "MKACTIVITY ",
    "MKCALENDAR ",
    "MKCOL ",
    "MKREDIRECTREF ",
    "MOVE ",
    "ORDERPATCH ",
    "PROPFIND ",
    "MKWORKSPACE ",
    "PROPPATCH ",
    "QUERY ",
    "REBIND ",
    "REPORT ",
    "SEARCH ",
    "UNBIND ",
    "UNCHECKOUT ",
    "UNLINK ",
    "UNLOCK ",
    "UPDATE ",
    "BASELINE-CONTROL ",
    "UPDATEREDIRECTREF ",
    "VERSION-CONTROL ",
    /* version 1 of the PROXY protocol */
    "PROXY TCP4 ",
    "PROXY TCP6 ",
    "PROXY UNKNOWN",
};

#define HTTP_STARTS (sizeof(http_starts) / sizeof(http_starts[0]))

static inline enum http_start match_http_start(const char* start, const char* bytes,
                                               uint32_t size) {
    for (uint32_t i = 0; i <= HTTP_WORD_MAX; i++) {
        if (start[i] == 0) return HTTP_START_YES;
        if (i >= size) return HTTP_START_MORE;
        if (bytes[i] != start[i]) return HTTP_START_NO;
    }
    return HTTP_START_YES;
}

/* Bytes of blank lines that `bytes` begins with. */
static inline uint32_t blank_bytes(const char* bytes, uint32_t size) {
    for (uint32_t i = 0; i < HTTP_BLANK_MAX; i++) {
        if (i >= size || (bytes[i] != '\r' && bytes[i] != '\n')) return i;
    }
    return HTTP_BLANK_MAX;
}

/* Version 2 of the PROXY protocol: "\r\n\r\n", which passes for blank lines, NUL, and these. */
static const char proxy_start[HTTP_WORD_MAX + 1] = "\r\nQUIT\n";

/* Of `bytes`, behind blank lines, HTTP_WORD_MAX must be readable; `size` of them count. */
static inline enum http_start http_start(const char* bytes, uint32_t size) {
    if (size == 0) return HTTP_START_MORE;
    if (bytes[0] == 0) return match_http_start(proxy_start, bytes + 1, size - 1);
    if (bytes[0] < 'A' || bytes[0] > 'V') return HTTP_START_NO;
    for (uint32_t i = 0; i < HTTP_STARTS; i++) { /* NOLINT(modernize-loop-convert): C */
        enum http_start match = match_http_start(http_starts[i], bytes, size);
        if (match != HTTP_START_NO) return match;
    }
    return HTTP_START_NO;
}

/* A first line, as far as it was looked at: the last word of it. All 0: nothing was. */
struct first_line {
    uint64_t word; /* its last 8 bytes */
    uint32_t word_size;
    uint32_t is_in_word;
};

static inline int is_line_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r'); /* RFC 9112, 3; and LF */
}

/* Whether the line, of which this is the next byte, is a request line of HTTP/1: its last word says
 * so. Blank lines may come before it. */
static inline enum http_start add_to_first_line(struct first_line* line, char c) {
    const uint64_t version = 0x485454502f312eULL; /* "HTTP/1." */
    if (c == '\n' && line->word_size > 0)
        return line->word_size == sizeof(line->word) && line->word >> 8 == version ? HTTP_START_YES
                                                                                   : HTTP_START_NO;
    if (is_line_space(c)) {
        line->is_in_word = 0;
        return HTTP_START_MORE;
    }
    if (!line->is_in_word) line->word_size = 0;
    line->is_in_word = 1;
    line->word = line->word << 8 | (uint8_t)c;
    line->word_size++;
    return HTTP_START_MORE;
}

#endif
