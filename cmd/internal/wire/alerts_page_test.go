package wire

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// alertRule is one rule of deploy/prometheus/alerts.yaml.
type alertRule struct {
	Alert, Expr         string
	Labels, Annotations map[string]string
}

func alertRules(t *testing.T) []alertRule {
	t.Helper()
	var file struct {
		Groups []struct{ Rules []alertRule }
	}
	if err := yaml.Unmarshal([]byte(page(t, "deploy/prometheus/alerts.yaml")), &file); err != nil {
		t.Fatal(err)
	}
	var all []alertRule
	for _, g := range file.Groups {
		all = append(all, g.Rules...)
	}
	return all
}

func page(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../..", path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

const runbook = "https://github.com/tierwatch/tierwatch/blob/main/docs/runbook.md#"

var (
	metricName  = regexp.MustCompile(`tierwatch_[a-z_]+`)
	alertInBook = regexp.MustCompile(`(?m)^## (Tierwatch[A-Za-z]+)$`)
	linkToBook  = regexp.MustCompile(`runbook\.md#([a-z-]+)`)
)

// Every alert asks of metrics that exist, says what is at stake, has a test, and a
// chapter of the runbook; and every chapter is an alert's.
func TestAlertsMetricsAndRunbookAgree(t *testing.T) {
	metrics := exported(t)
	var chapters []string
	for _, m := range alertInBook.FindAllStringSubmatch(page(t, "docs/runbook.md"), -1) {
		chapters = append(chapters, m[1])
	}
	var tests strings.Builder
	files, err := filepath.Glob("../../../deploy/prometheus/tests/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		tests.WriteString(page(t, strings.TrimPrefix(f, "../../../")))
	}
	var alerts []string
	for _, r := range alertRules(t) {
		alerts = append(alerts, r.Alert)
		for _, name := range metricName.FindAllString(r.Expr, -1) {
			if _, ok := metrics[name]; !ok {
				t.Errorf("%s asks for %s, which is not exported", r.Alert, name)
			}
		}
		if s := r.Labels["severity"]; s != "warning" && s != "critical" {
			t.Errorf("%s has severity %q", r.Alert, s)
		}
		if r.Annotations["summary"] == "" || r.Annotations["stake"] == "" {
			t.Errorf("%s lacks summary or stake", r.Alert)
		}
		if got, want := r.Annotations["runbook_url"], runbook+strings.ToLower(r.Alert); got != want {
			t.Errorf("%s: runbook_url %q, want %q", r.Alert, got, want)
		}
		if !strings.Contains(tests.String(), `alertname="`+r.Alert+`"`) {
			t.Errorf("%s has no test in deploy/prometheus/tests", r.Alert)
		}
	}
	slices.Sort(alerts)
	slices.Sort(chapters)
	if !slices.Equal(alerts, chapters) {
		t.Errorf("alerts %v\nchapters of the runbook %v", alerts, chapters)
	}
	for _, m := range linkToBook.FindAllStringSubmatch(page(t, "docs/metrics.md"), -1) {
		if !slices.ContainsFunc(alerts, func(a string) bool { return strings.ToLower(a) == m[1] }) {
			t.Errorf("docs/metrics.md links to #%s, which the runbook lacks", m[1])
		}
	}
}
