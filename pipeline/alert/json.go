package alert

import (
	"strconv"
	"unicode/utf8"

	"github.com/tierwatch/tierwatch/pipeline/day"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// AppendJSON appends the alert as subscribers get it: days as YYYY-MM-DD, as_of in
// RFC 3339 at utcOffset seconds east of UTC, one line, keys in fixed order. Facts
// that are absent are left out, but for supersedes (null) and action.suppressed.
// Texts are not part of it. Invalid UTF-8 is replaced.
func AppendJSON(dst []byte, a *pb.Alert, utcOffset int32) []byte {
	o := object{dst: append(dst, '{')}
	o.str("alert_id", a.AlertId)
	o.num("revision", int64(a.Revision))
	if o.key("supersedes"); a.Supersedes == "" {
		o.dst = append(o.dst, "null"...)
	} else {
		o.dst = appendString(o.dst, a.Supersedes)
	}
	o.str("code", a.Code)
	o.str("state", a.State.String())
	o.str("severity", a.Severity.String())
	o.str("mode", a.Mode.String())
	o.customer(a.Customer)
	o.str("scheme", a.Scheme)
	if p := a.Policy; p != nil {
		o.begin("policy")
		o.str("name", p.Name)
		o.num("version", int64(p.Version))
		o.str("clause", p.Clause)
		o.end()
	}
	o.str("from", a.From)
	o.str("lands_on", a.LandsOn)
	o.day("falls_on", a.FallsOn)
	o.day("act_by", a.ActBy)
	if a.MissesAllowed != 0 {
		o.begin("misses")
		o.num("used", int64(a.MissesUsed))
		o.num("allowed", int64(a.MissesAllowed))
		o.end()
	}
	o.money(a.Money)
	o.lists(a)
	if a.Action != nil {
		o.begin("action")
		o.str("code", a.Action.Code)
		o.strs("suppressed", a.Action.Suppressed)
		o.end()
	}
	o.begin("basis")
	o.str("kind", a.Basis)
	o.str("prices", a.Prices)
	o.str("quality", a.Quality)
	o.end()
	o.key("as_of")
	o.dst = appendTime(o.dst, a.AsOf, utcOffset)
	if a.Log != nil {
		o.begin("log")
		o.num("partition", int64(a.Log.Partition))
		o.num("offset", a.Log.Offset)
		o.end()
	}
	return append(o.dst, '}')
}

// object writes the members of JSON objects. A comma is due unless an object has
// just begun.
type object struct{ dst []byte }

func (o *object) comma() {
	if last := o.dst[len(o.dst)-1]; last != '{' && last != '[' {
		o.dst = append(o.dst, ',')
	}
}

func (o *object) key(name string) {
	o.comma()
	o.dst = append(append(append(o.dst, '"'), name...), '"', ':')
}

func (o *object) begin(name string) {
	o.key(name)
	o.dst = append(o.dst, '{')
}

func (o *object) end() { o.dst = append(o.dst, '}') }

// str leaves out "".
func (o *object) str(name, s string) {
	if s != "" {
		o.key(name)
		o.dst = appendString(o.dst, s)
	}
}

func (o *object) strs(name string, list []string) {
	o.key(name)
	o.dst = append(o.dst, '[')
	for _, s := range list {
		o.comma()
		o.dst = appendString(o.dst, s)
	}
	o.dst = append(o.dst, ']')
}

func (o *object) num(name string, n int64) {
	o.key(name)
	o.dst = strconv.AppendInt(o.dst, n, 10)
}

// known leaves out 0.
func (o *object) known(name string, n int64) {
	if n != 0 {
		o.num(name, n)
	}
}

// day leaves out 0.
func (o *object) day(name string, d int32) {
	if d != 0 {
		o.key(name)
		o.dst = append(day.Append(append(o.dst, '"'), d), '"')
	}
}

func (o *object) customer(c *pb.Customer) {
	if c == nil {
		return
	}
	o.begin("customer")
	o.str("id", c.Id)
	o.str("display", c.Display)
	o.str("rm_id", c.RmId)
	if len(c.BranchPath) > 0 {
		o.strs("branch_path", c.BranchPath)
	}
	o.end()
}

// money writes what applies: with a lever every amount, an unreachable one
// without the top-up; without a lever what is known.
func (o *object) money(m *pb.Money) {
	if m == nil {
		return
	}
	o.begin("money")
	o.str("currency", m.Currency)
	put := o.known
	if m.HasLever {
		put = o.num
	}
	put("threshold_minor", m.ThresholdMinor)
	put("adb_estimate_minor", m.AdbEstimateMinor)
	put("shortfall_minor", m.ShortfallMinor)
	put("daily_needed_minor", m.DailyNeededMinor)
	if m.Reachable {
		o.num("top_up_minor", m.TopUpMinor)
	}
	put("hold_after_minor", m.HoldAfterMinor)
	put("at_risk_minor", m.AtRiskMinor)
	if m.HasLever || m.ThresholdMinor != 0 {
		o.key("reachable")
		o.dst = strconv.AppendBool(o.dst, m.Reachable)
	}
	if len(m.Wait) > 0 {
		o.key("wait")
		o.dst = append(o.dst, '[')
		for _, w := range m.Wait {
			o.comma()
			o.dst = append(o.dst, '{')
			o.day("on", w.OnDay)
			o.num("top_up_minor", w.TopUpMinor)
			o.end()
		}
		o.dst = append(o.dst, ']')
	}
	o.end()
}

func (o *object) lists(a *pb.Alert) {
	if len(a.Missing) > 0 {
		o.key("missing")
		o.dst = append(o.dst, '[')
		for _, m := range a.Missing {
			o.comma()
			o.dst = append(o.dst, '{')
			o.str("metric", m.Metric)
			o.num("have", m.Have)
			o.num("need", m.Need)
			o.end()
		}
		o.dst = append(o.dst, ']')
	}
	if len(a.Reasons) > 0 {
		o.key("reasons")
		o.dst = append(o.dst, '[')
		for _, r := range a.Reasons {
			o.comma()
			o.dst = append(o.dst, '{')
			o.str("code", r.Code)
			o.num("share_bp", int64(r.ShareBp))
			o.known("amount_minor", r.AmountMinor)
			o.str("event_id", r.EventId)
			o.end()
		}
		o.dst = append(o.dst, ']')
	}
}

// appendTime writes RFC 3339 at a fixed offset, to the second.
func appendTime(dst []byte, at int64, offset int32) []byte {
	local := at + int64(offset)
	d, s := local/86400, local%86400
	if s < 0 {
		d, s = d-1, s+86400
	}
	two := func(n int64) { dst = append(dst, byte('0'+n/10), byte('0'+n%10)) }
	dst = append(day.Append(append(dst, '"'), int32(d)), 'T')
	two(s / 3600)
	dst = append(dst, ':')
	two(s / 60 % 60)
	dst = append(dst, ':')
	two(s % 60)
	if offset == 0 {
		return append(dst, 'Z', '"')
	}
	sign, abs := byte('+'), int64(offset)
	if abs < 0 {
		sign, abs = '-', -abs
	}
	dst = append(dst, sign)
	two(abs / 3600)
	dst = append(dst, ':')
	two(abs / 60 % 60)
	return append(dst, '"')
}

// appendString writes a JSON string; only what JSON forbids is escaped.
func appendString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r < 0x20:
			dst = append(dst, '\\', 'u', '0', '0', hex[r>>4], hex[r&15])
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return append(dst, '"')
}
