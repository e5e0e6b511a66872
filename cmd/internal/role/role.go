package role

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

// Run works until ctx ends, and then returns nil.
type Run func(ctx context.Context) error

// The roles of `tierwatch run --roles`.
const (
	Ingest    = "ingest"
	Conductor = "conductor"
	Fold      = "fold"
	Warehouse = "warehouse"
)

// All are the roles in the order in which they start.
var All = []string{Warehouse, Fold, Conductor, Ingest}

// Parse reads a list such as "fold,warehouse"; "all" is every role.
func Parse(text string) ([]string, error) {
	var list []string
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		switch {
		case part == "all":
			return slices.Clone(All), nil
		case !slices.Contains(All, part):
			return nil, fmt.Errorf("unknown role %q: want all, or some of ingest, conductor, fold, warehouse", part)
		case !slices.Contains(list, part):
			list = append(list, part)
		}
	}
	slices.SortFunc(list, func(a, b string) int { return slices.Index(All, a) - slices.Index(All, b) })
	return list, nil
}

// Holder names this process where several compete.
func Holder(what string) string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return what + "@" + host + ":" + strconv.Itoa(os.Getpid())
}
