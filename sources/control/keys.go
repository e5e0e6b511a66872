package control

import (
	"fmt"
	"strconv"
	"strings"
)

// Keys of tierwatch.control. The topic is compacted: the last record of a key
// is what holds.
const (
	keyTime       = "time"
	keyForceClose = "force-close"
	keyLeft       = prefixMove + "left"
	keyMade       = prefixMove + "made"

	prefixLease  = "lease/"
	prefixPolicy = "policy/"
	prefixRates  = "rates/"
	prefixKnown  = "known/"
	prefixFile   = "file/"
	prefixSkip   = "skip/"
	prefixOwner  = "txn/"
	prefixLetter = "redriven/"
	prefixMove   = "repartition/"

	keyLive     = prefixLease + "live"
	keyBackfill = prefixLease + "backfill"
)

func policyKey(name string, version uint32) string {
	return prefixPolicy + name + "/" + strconv.FormatUint(uint64(version), 10)
}

func ratesKey(day int32, unit string) string { return fmt.Sprintf("%s%d/%s", prefixRates, day, unit) }
func knownKey(day int32) string              { return prefixKnown + strconv.Itoa(int(day)) }
func fileKey(sha256 string) string           { return prefixFile + sha256 }
func ownerKey(partition int32) string        { return prefixOwner + strconv.Itoa(int(partition)) }

func skipKey(partition int32, offset int64) string {
	return fmt.Sprintf("%s%d/%d", prefixSkip, partition, offset)
}

func letterKey(partition int32, offset int64) string {
	return fmt.Sprintf("%s%d/%d", prefixLetter, partition, offset)
}

// kindOf is the part of a key that says what its value is.
func kindOf(key string) string {
	if i := strings.IndexByte(key, '/'); i >= 0 {
		return key[:i+1]
	}
	return key
}
