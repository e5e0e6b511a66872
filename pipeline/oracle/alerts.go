package oracle

type caseKey struct{ scheme, code string }

// Case is one alert.
type Case struct{}

// AlertMove is an alert that opened or closed.
type AlertMove struct{}

func (c *Customer) judge(Day, int64, bool) {}
func (c *Customer) outflow(any)            {}
