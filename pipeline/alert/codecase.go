package alert

import "github.com/tierwatch/tierwatch/pipeline/codec"

// CodeCase writes or reads a case.
func CodeCase(c *Case, x *codec.Coder) {
	x.Fixed(&c.ID)
	codec.Unsigned(x, &c.Code)
	codec.Unsigned(x, &c.Scheme)
	codec.Unsigned(x, &c.State)
	codec.Unsigned(x, &c.Severity)
	codec.Unsigned(x, &c.Revision)
	codec.Unsigned(x, &c.Ordinal)
	codec.Unsigned(x, &c.From)
	codec.Unsigned(x, &c.LandsOn)
	codec.Unsigned(x, &c.Misses)
	x.Bool(&c.Reachable)
	codec.Signed(x, &c.OpenedDay)
	codec.Signed(x, &c.FallsOn)
	codec.Signed(x, &c.ClosedDay)
	codec.Signed(x, &c.ToldDay)
	codec.Signed(x, &c.NextWait)
	codec.Signed(x, &c.Expires)
	codec.Signed(x, &c.ClearSince)
	codec.Signed(x, &c.HoldSince)
	codec.Signed(x, &c.Due)
	codec.Signed(x, &c.TopUp)
	codec.Signed(x, &c.Shortfall)
	codec.Signed(x, &c.Threshold)
}
