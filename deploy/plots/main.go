// Command plots draws figures of the benchmark: each CSV file becomes an SVG file
// beside it or in another directory. The first column is x, every further one a line;
// the first row names them. A cell that is empty is no point. It is a module of its
// own, so that the program's dependencies stay the program's.
package main

import (
	"encoding/csv"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
)

// figure is how files are drawn.
type figure struct {
	out, unit string
	log       bool
	most      int
	seen      float64
}

func main() {
	var f figure
	flag.StringVar(&f.out, "out", ".", "directory of the SVG files")
	flag.StringVar(&f.unit, "unit", "", "name of the y axis")
	flag.BoolVar(&f.log, "log", false, "logarithmic x axis")
	flag.IntVar(&f.most, "most", 0, "draw bare lines of at most so many points, others averaged; 0: every point, marked")
	flag.Float64Var(&f.seen, "seen", 0, "leave out lines that stay below this share of the highest")
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage: plots [-out DIR] [-unit TEXT] [-log] [-most N] [-seen SHARE] FILE.csv...")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() == 0 {
		flag.Usage()
		os.Exit(2)
	}
	for _, name := range flag.Args() {
		if err := f.draw(name); err != nil {
			fmt.Fprintf(os.Stderr, "plots: %s: %v\n", name, err)
			os.Exit(1)
		}
	}
}

// draw makes one figure.
func (f *figure) draw(name string) error {
	head, lines, err := read(name)
	if err != nil {
		return err
	}
	p := plot.New()
	p.X.Label.Text, p.Y.Label.Text = head[0], f.unit
	if f.log {
		p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
	}
	highest := 0.0
	for _, line := range lines {
		highest = max(highest, top(line))
	}
	var series []any
	for i, line := range lines {
		if len(line) > 0 && top(line) >= f.seen*highest {
			series = append(series, head[i+1], averaged(line, f.most))
		}
	}
	add := plotutil.AddLinePoints
	if f.most > 0 {
		// Lines are many and anywhere: their names stand above them.
		add, p.Legend.Top, p.Legend.Left = plotutil.AddLines, true, true
		highest *= 1 + 0.09*float64(len(series)/2)
	}
	if err := add(p, series...); err != nil {
		return fmt.Errorf("draw lines: %w", err)
	}
	p.Y.Min = 0
	if f.most > 0 {
		p.Y.Max = highest
	}
	to := filepath.Join(f.out, strings.TrimSuffix(filepath.Base(name), ".csv")+".svg")
	if err := p.Save(16*vg.Centimeter, 9*vg.Centimeter, to); err != nil {
		return fmt.Errorf("write figure: %w", err)
	}
	return nil
}

// top is the highest value of a line.
func top(line plotter.XYs) (highest float64) {
	for _, at := range line {
		highest = max(highest, at.Y)
	}
	return highest
}

// averaged gives a line of at most so many points, 0 for any number.
func averaged(line plotter.XYs, most int) plotter.XYs {
	if most == 0 || len(line) <= most {
		return line
	}
	each := (len(line) + most - 1) / most
	var few plotter.XYs
	for from := 0; from < len(line); from += each {
		part := line[from:min(from+each, len(line))]
		var mean plotter.XY
		for _, at := range part {
			mean.X += at.X / float64(len(part))
			mean.Y += at.Y / float64(len(part))
		}
		few = append(few, mean)
	}
	return few
}

// read gives the names of the columns and a line for each but the first.
func read(name string) (head []string, lines []plotter.XYs, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, nil, err
	}
	if len(rows) < 2 || len(rows[0]) < 2 {
		return nil, nil, fmt.Errorf("%d rows: one of names and one of figures are needed, with two columns", len(rows))
	}
	head = rows[0]
	lines = make([]plotter.XYs, len(head)-1)
	for i, row := range rows[1:] {
		x, err := cell(head, row, i, 0)
		if err != nil {
			return nil, nil, err
		}
		for k := range lines {
			if row[k+1] == "" {
				continue
			}
			y, err := cell(head, row, i, k+1)
			if err != nil {
				return nil, nil, err
			}
			lines[k] = append(lines[k], plotter.XY{X: x, Y: y})
		}
	}
	return head, lines, nil
}

func cell(head, row []string, i, k int) (float64, error) {
	v, err := strconv.ParseFloat(row[k], 64)
	if err != nil {
		return 0, fmt.Errorf("row %d, column %q: %w", i+2, head[k], err)
	}
	return v, nil
}
