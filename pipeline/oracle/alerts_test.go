package oracle_test

import (
	"fmt"
	"strings"

	"github.com/tierwatch/tierwatch/pipeline/oracle/match"
)

// diffAlerts compares what was told of alerts by the last record.
func (w *twins) diffAlerts() string {
	var a, b []string
	for _, x := range w.f.last.alerts {
		a = append(a, match.Alert(x))
	}
	all := w.o.Outcome().Alerts
	fresh := all[w.alerts:]
	for i := range fresh {
		b = append(b, match.OracleAlert(&fresh[i]))
	}
	w.alerts = len(all)
	if d := lists("alerts", a, b); d != "" {
		return d
	}
	if d := w.diffSupersedes(); d != "" {
		return d
	}
	return strings.Join(match.Misnamed(w.f.last.alerts, fresh), "\n")
}

// diffSupersedes wants a risk to name the one in whose place it opens: what ended with the
// same record without having come true. Nothing else names any.
func (w *twins) diffSupersedes() string {
	for _, x := range w.f.last.alerts {
		want := ""
		for _, over := range w.f.last.alerts {
			if x.Revision == 1 && match.Risk(x.Code) && match.Risk(over.Code) && match.Ended(over.State) &&
				over.Scheme == x.Scheme && over.Day == x.Day && over.AlertId != x.AlertId && over.Customer.GetId() == x.Customer.GetId() {
				want = over.AlertId
			}
		}
		if x.Supersedes != want {
			return fmt.Sprintf("%s %s %s revision %d supersedes %q, want %q", x.Customer.GetId(), x.Scheme, x.Code, x.Revision, x.Supersedes, want)
		}
	}
	return ""
}
