import edu.cmu.meteor.aligner.SynonymDictionary;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.util.Set;
import java.util.TreeSet;

/** Prints for each word of the input the ids that METEOR's dictionary has for it and for its base forms. */
public final class Dictionary {
    public static void main(String[] arguments) throws Exception {
        ClassLoader loader = SynonymDictionary.class.getClassLoader();
        SynonymDictionary words = new SynonymDictionary(
            loader.getResource("synonym/english.exceptions"),
            loader.getResource("synonym/english.synsets"),
            loader.getResource("synonym/english.relations"));
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
        PrintStream output = new PrintStream(System.out, false, "UTF-8");
        for (String word = input.readLine(); word != null; word = input.readLine()) {
            Set<Integer> ids = new TreeSet<>(words.getSynSets(word));
            ids.addAll(words.getStemSynSets(word));
            StringBuilder line = new StringBuilder(word).append('\t');
            for (int id : ids) {
                line.append(id).append(' ');
            }
            output.println(line);
        }
        output.flush();
    }
}
