import edu.anu.spice.SceneGraph;
import edu.anu.spice.SpiceStats;
import edu.anu.spice.TupleFilter;
import edu.cmu.meteor.aligner.SynonymDictionary;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.json.simple.JSONArray;
import org.json.simple.JSONValue;

/** Scores lines of [candidate's tuples, references' tuples] with the official classes; a JSON line each. */
public final class GraphOracle {
    public static void main(String[] arguments) throws Exception {
        ClassLoader loader = SynonymDictionary.class.getClassLoader();
        SynonymDictionary words = new SynonymDictionary(
            loader.getResource("synonym/english.exceptions"),
            loader.getResource("synonym/english.synsets"),
            loader.getResource("synonym/english.relations"));
        Map<String, TupleFilter> filters = new LinkedHashMap<>();
        filters.put("Object", TupleFilter.objectFilter);
        filters.put("Attribute", TupleFilter.attributeFilter);
        filters.put("Relation", TupleFilter.relationFilter);
        filters.put("Cardinality", TupleFilter.cardinalityFilter);
        filters.put("Color", TupleFilter.colorFilter);
        filters.put("Size", TupleFilter.sizeFilter);
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            JSONArray sides = (JSONArray) JSONValue.parse(line);
            List<SceneGraph> graphs = new ArrayList<>();
            for (Object side : sides) {
                SceneGraph graph = new SceneGraph(words);
                for (Object tuple : (JSONArray) side) {
                    ArrayList<String> parts = new ArrayList<>();
                    for (Object part : (JSONArray) tuple) {
                        parts.add((String) part);
                    }
                    graph.addTuple(parts);
                }
                graphs.add(graph);
            }
            SpiceStats stats = new SpiceStats(filters, Boolean.FALSE);
            stats.score(0, graphs.get(0), graphs.get(1), true);
            System.out.println(stats.toJSONArray().toJSONString());
        }
    }
}
