package synth

import (
	"bytes"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// brokenWays is the number of ways in which a row can be broken.
const brokenWays = 10

// breakRow appends the JSON of a record with one fault that every reader must
// refuse: it is no JSON, or a required field is absent or impossible.
func breakRow(dst []byte, r *pb.LogRecord, way int) []byte {
	dst = AppendJSON(dst, r)
	swap := func(old, broken string) []byte { return bytes.Replace(dst, []byte(old), []byte(broken), 1) }
	switch way {
	case 0:
		return dst[:len(dst)*2/3]
	case 1:
		return swap(`"amount_minor":`, `"amount_minor":-`)
	case 2:
		return swap(`"amount_minor":`, `"amount_minor":"¥`)
	case 3:
		return swap(`"currency":"`, `"currency":"X`)
	case 4:
		return swap(`"direction":"`, `"direction":"SIDEWAYS_`)
	case 5:
		return swap(`"event_time":"2`, `"event_time":"00`)
	case 6:
		return swap(`"customer_id":"`+r.Transaction.CustomerId, `"customer_id":"`)
	case 7:
		return swap(`"status":"`, "\"status\":\"\xff\xfe")
	case 8:
		return append(dst[:0], `java.io.EOFException: core adapter closed`...)
	default:
		return swap(`"amount_minor":`, `"amount_minor":99999999999999999999`)
	}
}
