package clickhouse

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"
)

//go:embed queries/*.sql
var queryFiles embed.FS

// Query is one of the questions every bank asks on the first day. docs/queries.md
// shows them all; each is tested on the real engine.
type Query struct {
	// Name is the file's name without its ending.
	Name string
	// Title and About are for people.
	Title, About string
	// SQL reads the views of the current database; its parameters are ClickHouse
	// query parameters such as {scheme:String}.
	SQL string
}

// Queries returns the questions in their order.
func Queries() ([]Query, error) {
	names, err := fs.Glob(queryFiles, "queries/*.sql")
	if err != nil {
		return nil, fmt.Errorf("list queries: %w", err)
	}
	list := make([]Query, 0, len(names))
	for _, name := range names {
		raw, err := queryFiles.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read query %s: %w", name, err)
		}
		list = append(list, parseQuery(strings.TrimSuffix(strings.TrimPrefix(name, "queries/"), ".sql"), string(raw)))
	}
	return list, nil
}

// parseQuery takes the comment at the top as title and description.
func parseQuery(name, text string) Query {
	q := Query{Name: name}
	var about []string
	for line := range strings.Lines(text) {
		comment, ok := strings.CutPrefix(line, "-- ")
		if !ok {
			break
		}
		text = strings.TrimPrefix(text, line)
		if q.Title == "" {
			q.Title = strings.TrimSpace(comment)
			continue
		}
		about = append(about, strings.TrimSpace(comment))
	}
	q.About, q.SQL = strings.Join(about, " "), strings.TrimSpace(text)
	return q
}
