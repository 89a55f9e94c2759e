// Frames that only the holders of certain keys can read. README.md, "Encryption", is the
// specification.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "format/frame.h"
#include "format/frame_header.h"
#include "format/keys.h"

namespace httpprof::format {

// The random key of one file.
using FileKey = SecretBytes;

FileKey generate_file_key();

// The file key for one who holds the secret key that belongs to `recipient`.
Recipient seal(const FileKey& key, const PublicKey& recipient);

// Nothing when none of the recipients is the owner of `key`.
std::optional<FileKey> unseal(const std::vector<Recipient>& recipients, const SecretKey& key);

// Whether frames of this type are encrypted in an encrypted capture.
bool is_encrypted_type(std::uint8_t type);

// Encrypts the first `size` bytes of `payload` in place; kEncryptionOverhead bytes are added behind
// them. `header` is the encoded frame header, with the sizes that it has after this.
void encrypt_payload(const FileKey& key, std::uint64_t frame_number,
                     std::span<const std::byte> header, std::span<std::byte> payload,
                     std::size_t size);

// The reverse, from `payload` into `to`, which has kEncryptionOverhead bytes less. False when the
// payload or its header are not what was encrypted.
bool decrypt_payload(const FileKey& key, std::uint64_t frame_number,
                     std::span<const std::byte> header, std::span<const std::byte> payload,
                     std::span<std::byte> to);

}  // namespace httpprof::format
