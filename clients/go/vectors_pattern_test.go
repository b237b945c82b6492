package zsnmp

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// The patterns of replies.
type (
	anyOf  string
	has    map[string]any
	may    struct{ value any }
	within struct{ least, most any }
)

// fromJSON is a value or a pattern. Integers are as Client.Request has them.
func fromJSON(thing any) any {
	switch thing := thing.(type) {
	case json.Number:
		return numberFromJSON(thing.String())
	case []any:
		out := make([]any, len(thing))
		for i, one := range thing {
			out[i] = fromJSON(one)
		}
		return out
	case map[string]any:
		for key, value := range thing {
			if len(thing) == 1 && strings.HasPrefix(key, "$") {
				return formFromJSON(key, value)
			}
		}
		out := map[string]any{}
		for key, value := range thing {
			out[key] = fromJSON(value)
		}
		return out
	}
	return thing
}

func numberFromJSON(text string) any {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n
	}
	if n, err := strconv.ParseUint(text, 10, 64); err == nil {
		return n
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		panic(err)
	}
	return n
}

func formFromJSON(form string, value any) any {
	switch form {
	case "$bin":
		return unhex(value.(string))
	case "$int":
		return numberFromJSON(value.(string))
	case "$f32":
		n, err := strconv.ParseFloat(fmt.Sprint(value), 32)
		if err != nil {
			panic(err)
		}
		return float32(n)
	case "$f64":
		n, err := strconv.ParseFloat(fmt.Sprint(value), 64)
		if err != nil {
			panic(err)
		}
		return n
	case "$ext":
		return Type(unhex(value.([]any)[1].(string))[0])
	case "$any":
		return anyOf(value.(string))
	case "$has":
		return has(fromJSON(value).(map[string]any))
	case "$may":
		return may{fromJSON(value)}
	case "$uint":
		bounds := value.([]any)
		return within{fromJSON(bounds[0]), fromJSON(bounds[1])}
	}
	panic("no such form: " + form)
}

func unhex(text string) []byte {
	raw, err := hex.DecodeString(text)
	if err != nil {
		panic(err)
	}
	return raw
}

// differ says what is wrong with a value; nil where it is as expected.
func differ(want, got any, where string) error {
	wrong := fmt.Errorf("%s: %#v instead of %#v", where, got, want)
	switch want := want.(type) {
	case may:
		return differ(want.value, got, where)
	case anyOf:
		if !want.holds(got) {
			return wrong
		}
		return nil
	case within:
		n, ok := asUint(got)
		least, _ := asUint(want.least)
		most, _ := asUint(want.most)
		if !ok || n < least || n > most {
			return wrong
		}
		return nil
	case has:
		return differMap(want, got, where, false)
	case map[string]any:
		return differMap(want, got, where, true)
	case []any:
		list, ok := got.([]any)
		if !ok || len(list) != len(want) {
			return wrong
		}
		for i := range want {
			if err := differ(want[i], list[i], fmt.Sprintf("%s[%d]", where, i)); err != nil {
				return err
			}
		}
		return nil
	}
	if !reflect.DeepEqual(want, got) {
		return wrong
	}
	return nil
}

func (kind anyOf) holds(got any) (good bool) {
	switch kind {
	case "any":
		return true
	case "nil":
		return got == nil
	case "uint":
		_, good = asUint(got)
	case "str":
		_, good = got.(string)
	case "bool":
		_, good = got.(bool)
	case "map":
		_, good = got.(map[string]any)
	case "array":
		_, good = got.([]any)
	}
	return good
}

func differMap(want map[string]any, got any, where string, only bool) error {
	m, ok := got.(map[string]any)
	if !ok {
		return fmt.Errorf("%s: %#v is no map", where, got)
	}
	for key, value := range want {
		other, there := m[key]
		if _, optional := value.(may); !there && optional {
			continue
		}
		if !there {
			return fmt.Errorf("%s: %s is missing", where, key)
		}
		if err := differ(value, other, where+"."+key); err != nil {
			return err
		}
	}
	for key := range m {
		if _, there := want[key]; !there && only {
			return fmt.Errorf("%s: %s should not be there: %#v", where, key, m[key])
		}
	}
	return nil
}
