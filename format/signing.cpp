#include "format/signing.h"

#include <array>
#include <string>
#include <string_view>

#include <sodium.h>

#include "format/sodium.h"

namespace httpprof::format {
namespace {

constexpr std::string_view kContext = "httpprof capture signature 1\n";

std::string signed_message(const Digest& end) {
    std::string message(kContext);
    message.append(reinterpret_cast<const char*>(end.data()), end.size());
    return message;
}

}  // namespace

Signature sign(const SecretKey& key, const Digest& end) {
    initialize_sodium();
    std::array<unsigned char, crypto_sign_PUBLICKEYBYTES> public_key;
    std::array<unsigned char, crypto_sign_SECRETKEYBYTES> secret_key;
    crypto_sign_seed_keypair(public_key.data(), secret_key.data(), key.signing_seed().data());
    const std::string message = signed_message(end);
    std::array<unsigned char, crypto_sign_BYTES> signature;
    crypto_sign_detached(signature.data(), nullptr, unsigned_chars(message.data()), message.size(),
                         secret_key.data());
    sodium_memzero(secret_key.data(), secret_key.size());
    return {.public_key = std::string(public_key.begin(), public_key.end()),
            .signature = std::string(signature.begin(), signature.end())};
}

bool is_valid(const Signature& signature, const Digest& end) {
    initialize_sodium();
    const std::string message = signed_message(end);
    return signature.public_key.size() == crypto_sign_PUBLICKEYBYTES &&
           signature.signature.size() == crypto_sign_BYTES &&
           crypto_sign_verify_detached(unsigned_chars(signature.signature.data()),
                                       unsigned_chars(message.data()), message.size(),
                                       unsigned_chars(signature.public_key.data())) == 0;
}

}  // namespace httpprof::format
