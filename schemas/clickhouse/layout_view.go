package clickhouse

import "regexp"

var (
	inQuery = regexp.MustCompile(`\b(NOT )?IN(\s*\(\s*SELECT\b)`)
	joined  = regexp.MustCompile(`\b((?:ASOF )?(?:LEFT|INNER) )JOIN\b`)
)

// globally lets what stands right of IN and JOIN be read once, by the server that
// was asked, and be sent to the shards: each of them would otherwise ask all
// others for it, or see only its own part.
func globally(query string) string {
	query = inQuery.ReplaceAllString(query, "GLOBAL ${1}IN$2")
	return joined.ReplaceAllString(query, "GLOBAL ${1}JOIN")
}
