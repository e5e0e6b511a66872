package alert

import "encoding/binary"

// The identity of a case is fixed for ever: 64-bit FNV-1a over the customer's
// hash (8 bytes), code (1), opening day (4) and ordinal (1), little endian, and the
// scheme's name, which outlives its place among the schemes ("" about the customer);
// then the finalizer of MurmurHash3, since FNV-1a alone leaves the last byte in the
// low bits only. 0 is kept free for "no case".
func identity(customer uint64, scheme string, code Code, opened int32, ordinal uint8) uint64 {
	var b [14]byte
	binary.LittleEndian.PutUint64(b[0:], customer)
	b[8] = uint8(code)
	binary.LittleEndian.PutUint32(b[9:], uint32(opened))
	b[13] = ordinal
	h := uint64(14695981039346656037)
	for _, c := range b {
		h = (h ^ uint64(c)) * 1099511628211
	}
	for i := range len(scheme) {
		h = (h ^ uint64(scheme[i])) * 1099511628211
	}
	h = (h ^ h>>33) * 0xff51afd7ed558ccd
	h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
	return max(h^h>>33, 1)
}

// FormatID is an alert_id: 16 hex digits.
func FormatID(id uint64) string {
	const digits = "0123456789abcdef"
	var b [16]byte
	for i := range b {
		b[i] = digits[id>>(60-4*i)&15]
	}
	return string(b[:])
}
