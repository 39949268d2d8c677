import edu.anu.spice.LmdbTupleDB;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import org.json.simple.JSONArray;
import org.json.simple.JSONObject;
import org.json.simple.JSONValue;

/** Puts tuples by caption (a JSON file) into the official tool's parse cache (a folder). */
public final class FillCache {
    public static void main(String[] arguments) throws Exception {
        byte[] bytes = Files.readAllBytes(Paths.get(arguments[1]));
        JSONObject captions = (JSONObject) JSONValue.parse(new String(bytes, StandardCharsets.UTF_8));
        Map<String, ArrayList<ArrayList<String>>> found = new HashMap<>();
        for (Object caption : captions.keySet()) {
            ArrayList<ArrayList<String>> tuples = new ArrayList<>();
            for (Object tuple : (JSONArray) captions.get(caption)) {
                ArrayList<String> parts = new ArrayList<>();
                for (Object part : (JSONArray) tuple) {
                    parts.add((String) part);
                }
                tuples.add(parts);
            }
            found.put((String) caption, tuples);
        }
        new LmdbTupleDB(arguments[0]).putTransaction(found);
        System.exit(0);
    }
}
