import edu.anu.spice.SceneGraph;
import edu.anu.spice.SpiceParser;
import edu.anu.spice.SpiceStats;
import edu.anu.spice.TupleFilter;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.json.simple.JSONArray;
import org.json.simple.JSONObject;
import org.json.simple.JSONValue;

/**
 * Scores a JSON file with the classes of spice-1.0.jar and writes JSON: what its main class does, less the
 * JavaScript engine that it prints through. Arguments: input, output, cache folder ("" for none), threads.
 * Input: [{"test": caption, "refs": [captions]}, ...]; output: the tool's own array, image_id = position.
 * SpiceDriver.class beside this file is compiled for Java 8 by scripts/build_spice_driver.py.
 */
public final class SpiceDriver {
    private SpiceDriver() {}

    public static void main(String[] arguments) throws Exception {
        byte[] bytes = Files.readAllBytes(new File(arguments[0]).toPath());
        JSONArray items = (JSONArray) JSONValue.parseWithException(new String(bytes, StandardCharsets.UTF_8));
        List<String> candidates = new ArrayList<>();
        List<String> references = new ArrayList<>();
        List<Integer> counts = new ArrayList<>();
        for (Object item : items) {
            JSONObject entry = (JSONObject) item;
            JSONArray group = (JSONArray) entry.get("refs");
            candidates.add((String) entry.get("test"));
            counts.add(group.size());
            for (Object reference : group) {
                references.add((String) reference);
            }
        }
        String cache = arguments[2].isEmpty() ? null : arguments[2];
        SpiceParser parser = new SpiceParser(cache, Integer.parseInt(arguments[3]), Boolean.TRUE);
        List<SceneGraph> expected = parser.parseCaptions(references, counts);
        List<SceneGraph> offered = parser.parseCaptions(candidates);
        SpiceStats stats = new SpiceStats(filters(), Boolean.FALSE);
        for (int row = 0; row < items.size(); row++) {
            stats.score(row, offered.get(row), expected.get(row), true);
        }
        String report = stats.toJSONArray().toJSONString();
        Files.write(new File(arguments[1]).toPath(), report.getBytes(StandardCharsets.UTF_8));
        System.exit(0);  // the parser's threads would keep the process alive
    }

    private static Map<String, TupleFilter> filters() {
        Map<String, TupleFilter> filters = new LinkedHashMap<>();
        filters.put("Object", TupleFilter.objectFilter);
        filters.put("Attribute", TupleFilter.attributeFilter);
        filters.put("Relation", TupleFilter.relationFilter);
        filters.put("Cardinality", TupleFilter.cardinalityFilter);
        filters.put("Color", TupleFilter.colorFilter);
        filters.put("Size", TupleFilter.sizeFilter);
        return filters;
    }
}
