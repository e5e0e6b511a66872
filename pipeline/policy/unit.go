package policy

// Unit tells how a metric's value is read and written.
type Unit uint8

// The units of metrics.
const (
	// Number is a plain count: entries, days, months, products.
	Number Unit = iota
	// Money is base minor units.
	Money
	// Ratio is basis points: 10000 is 100 %.
	Ratio
)

// Unit gives the unit of the metric's value.
func (m *Metric) Unit() Unit {
	switch {
	case m.Money:
		return Money
	case m.Kind == Trend || m.Kind == Utilisation:
		return Ratio
	}
	return Number
}

// level reads a value of a metric with the unit.
func (c *compiler) level(v value, u Unit) (int64, bool) {
	switch u {
	case Money:
		return c.amount(v)
	case Ratio:
		return c.percent(v)
	case Number:
	}
	return c.whole(v, 0, 1_000_000_000)
}
